/** Why a block's contents could not be decoded, in LevelDB's words (table/format.cc, ReadBlock). */
export class CodecError extends Error {
  readonly unknownType: boolean;

  constructor(message: string, unknownType = false) {
    super(message);
    this.name = 'CodecError';
    this.unknownType = unknownType;
  }
}
