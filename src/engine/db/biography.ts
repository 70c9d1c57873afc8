import type { U64 } from '../bytes/u64';
import { EnvError } from '../env/env';
import { describeEdit, type EditDescription } from '../manifest/describe-edit';
import { isRecord, ManifestContents } from '../manifest/manifest-reader';
import type { FileMetaData, VersionEdit } from '../manifest/version-edit';
import type { ProblemSink } from '../problem';
import type { Inspection } from './inspection';

/** A table's stay in one level, where its range covers the key. Whether the key is in it only the table can tell. */
export interface Residence {
  number: U64;
  level: number;
  file: FileMetaData;
  /** The step that brought it into the level. */
  added: number;
  /** The step that took it out; undefined if it is there still. */
  removed: number | undefined;
  /** Its name in the folder now; undefined if it is gone. */
  name: string | undefined;
}

/** An edit that brought, took or moved tables whose range covers the key. */
export interface CarryingEdit {
  /** Counts the edits of all MANIFESTs of the folder, the oldest first. */
  step: number;
  manifest: string;
  /** Counted from 0 in its MANIFEST, and its offset there. */
  index: number;
  offset: number;
  edit: VersionEdit;
  what: EditDescription;
  /** Whether it begins its MANIFEST: then it tells the whole state anew, and `to` has only what was not known. */
  begins: boolean;
  /** Residences that end with it and that begin with it. */
  from: Residence[];
  to: Residence[];
}

/** What the MANIFESTs of a folder tell of a key. */
export interface Biography {
  /** In order of `added`. */
  residences: Residence[];
  edits: CarryingEdit[];
  /** Edits of all MANIFESTs: residences lie on the steps from 0 up to this. */
  steps: number;
  /** The step with which each MANIFEST begins. */
  manifests: { name: string; step: number; current: boolean }[];
}

/**
 * Follows the tables whose ranges cover a key through the edits of every MANIFEST in the folder. A MANIFEST's first
 * record repeats the state before it. What cannot be read goes to `sink`: errors of the current MANIFEST, notes of
 * stale ones.
 */
export function keyBiography(db: Inspection, userKey: Uint8Array, sink: ProblemSink): Biography {
  const walk = new Walk(db, userKey);
  for (const { name } of db.listing.manifests) {
    const current = name === db.versions.manifest;
    const contents = readManifest(db, name);
    if (!contents) {
      sink({ severity: 'note', file: name, code: 'unreadable', message: 'the MANIFEST cannot be read' });
      continue;
    }
    for (const problem of contents.problems) sink(current ? problem : { ...problem, severity: 'note' });
    walk.follow(name, current, contents);
  }
  return walk.biography;
}

function readManifest(db: Inspection, name: string): ManifestContents | undefined {
  try {
    const file = db.env.open(db.env.join(db.directory, name));
    try {
      return ManifestContents.read(file, name);
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return undefined;
  }
}

class Walk {
  readonly biography: Biography = { residences: [], edits: [], steps: 0, manifests: [] };
  private readonly db: Inspection;
  private readonly userKey: Uint8Array;
  /** By level and number. */
  private readonly present = new Map<string, Residence>();

  constructor(db: Inspection, userKey: Uint8Array) {
    this.db = db;
    this.userKey = userKey;
  }

  follow(manifest: string, current: boolean, contents: ManifestContents): void {
    const { biography } = this;
    biography.manifests.push({ name: manifest, step: biography.steps, current });
    let logNumber: U64 = 0;
    for (const [index, { offset, edit }] of contents.items.filter(isRecord).entries()) {
      const what = describeEdit(edit, { isFirst: index === 0, isSecond: index === 1, logNumber });
      logNumber = edit.logNumber ?? logNumber;
      const begins = index === 0;
      const step = biography.steps++;
      const from = begins ? this.endUnnamed(edit, step) : this.endDeleted(edit, step);
      const to = this.begin(edit, step);
      if (from.length + to.length > 0) {
        biography.edits.push({ step, manifest, index, offset, edit, what, begins, from, to });
      }
    }
  }

  /** Ends what the first record of a MANIFEST does not repeat. */
  private endUnnamed(edit: VersionEdit, step: number): Residence[] {
    const named = new Set(edit.newFiles.map(({ level, file }) => placeKey(level, file.number)));
    return [...this.present].flatMap(([key, residence]) =>
      named.has(key) ? [] : [this.end(key, residence, step)],
    );
  }

  private endDeleted(edit: VersionEdit, step: number): Residence[] {
    return edit.deletedFiles.flatMap(({ level, number }) => {
      const key = placeKey(level, number);
      const residence = this.present.get(key);
      return residence ? [this.end(key, residence, step)] : [];
    });
  }

  private end(key: string, residence: Residence, step: number): Residence {
    residence.removed = step;
    this.present.delete(key);
    return residence;
  }

  private begin(edit: VersionEdit, step: number): Residence[] {
    const { db, userKey } = this;
    const begun: Residence[] = [];
    for (const { level, file } of edit.newFiles) {
      const key = placeKey(level, file.number);
      if (this.present.has(key) || !db.version.covers(file, userKey)) continue;
      const residence: Residence = {
        number: file.number,
        level,
        file,
        added: step,
        removed: undefined,
        name: db.listing.tables.get(file.number),
      };
      this.present.set(key, residence);
      this.biography.residences.push(residence);
      begun.push(residence);
    }
    return begun;
  }
}

function placeKey(level: number, number: U64): string {
  return `${level}/${number}`;
}
