/** What sets a file in a level map apart. */
export const MapMark = {
  plain: 0,
  /** Has just come. */
  come: 1,
  /** Has just gone. */
  gone: 2,
  /** Not in what is saved. */
  unsaved: 4,
  /** Only in what is saved. */
  ghost: 8,
  /** Only looked at: an outline, pale inside. */
  pale: 16,
  /** A wedge in its lower corner, in the colour of what is wrong. */
  charged: 32,
} as const;
