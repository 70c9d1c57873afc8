declare module 'abstract-level/test/index.js' {
  /** The suite that every implementation of abstract-level has to pass. */
  export default function suite(options: {
    test: typeof import('tape');
    factory(options?: object): unknown;
  }): void;
}
