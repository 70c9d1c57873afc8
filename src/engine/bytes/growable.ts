type Numbers = Float64Array | Uint32Array | Uint16Array;

/** A list of numbers of one width that grows, without an object for each. */
class NumberList<Values extends Numbers> {
  length = 0;
  private values: Values;
  private readonly make: (length: number) => Values;

  constructor(make: (length: number) => Values) {
    this.make = make;
    this.values = make(64);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = this.make(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index];
  }

  /** How many values stand at or below `value`; they must ascend. */
  countUpTo(value: number): number {
    let left = 0;
    let right = this.length;
    while (left < right) {
      const middle = (left + right) >>> 1;
      if (this.values[middle] <= value) left = middle + 1;
      else right = middle;
    }
    return left;
  }
}

/** Offsets: whole numbers up to 2^53. */
export class Float64List extends NumberList<Float64Array> {
  constructor() {
    super((length) => new Float64Array(length));
  }
}

export class Uint32List extends NumberList<Uint32Array> {
  constructor() {
    super((length) => new Uint32Array(length));
  }
}

/** Small numbers: kinds, and places in a table of texts. */
export class Uint16List extends NumberList<Uint16Array> {
  constructor() {
    super((length) => new Uint16Array(length));
  }
}

/** Texts that repeat, kept once each: the list has a number for each, 0 for none. */
export class TextList {
  private readonly numbers = new Uint16List();
  private readonly texts: string[] = [];
  private readonly known = new Map<string, number>();

  get length(): number {
    return this.numbers.length;
  }

  push(text: string | undefined): void {
    this.numbers.push(text === undefined ? 0 : this.numberOf(text));
  }

  at(index: number): string | undefined {
    return this.texts[this.numbers.at(index) - 1];
  }

  private numberOf(text: string): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    if (this.texts.length === MAX_TEXTS) return MAX_TEXTS;
    this.texts.push(text);
    this.known.set(text, this.texts.length);
    return this.texts.length;
  }
}

/** More different ones share the last. */
const MAX_TEXTS = 0xffff;
