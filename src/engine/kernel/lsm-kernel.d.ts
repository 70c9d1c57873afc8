/** The compiled kernel, which the build puts in (scripts/kernel.mjs). */
declare module 'lsm-kernel' {
  const bytes: Uint8Array;
  export default bytes;
}
