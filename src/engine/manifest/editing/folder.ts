import type { CodecOptions } from '../../codec/codec';
import { type Listing, listDatabase } from '../../db/listing';
import { EnvError, type ReadableEnv } from '../../env/env';

/** The folder in which a document's MANIFEST stands. */
export interface DocumentFolder {
  env: ReadableEnv;
  directory: string;
  codec: CodecOptions;
}

/** Undefined if the folder cannot be listed. */
export function listingOf({ env, directory }: DocumentFolder): Listing | undefined {
  try {
    return listDatabase(env, directory);
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}
