import { createHash } from 'node:crypto';

/** One digest of a database's entries, in order: the same in every process. */
export class ContentsDigest {
  private readonly hash = createHash('sha1');
  private readonly lengths = new Uint32Array(2);

  add(key: Uint8Array, value: Uint8Array): void {
    this.lengths[0] = key.length;
    this.lengths[1] = value.length;
    this.hash.update(this.lengths).update(key).update(value);
  }

  digest(): string {
    return this.hash.digest('hex');
  }
}
