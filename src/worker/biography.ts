import { copyOf } from '../engine/bytes/copy';
import { keyBiography } from '../engine/db/biography';
import { biographyLines } from '../engine/db/biography-text';
import { historyJob } from '../engine/db/history';
import type { Inspection } from '../engine/db/inspection';
import { editText } from '../engine/manifest/describe-edit';
import type { Problem } from '../engine/problem';
import type { KeyBiography } from './api';
import type { JobOf } from './job';
import { keyRef } from './key-ref';

/** Of lists that a person reads. */
const MAX_LISTED = 5000;
const PREVIEW_BYTES = 256;

/** Looks for a key in every file of the folder, then in the MANIFESTs. */
export function* biographyJob(db: Inspection, key: Uint8Array): JobOf<KeyBiography> {
  const problems: Problem[] = [];
  const search = historyJob(db, key, (problem) => problems.push(problem));
  let step = search.next();
  for (; !step.done; step = search.next()) {
    const { file, filesDone, filesTotal } = step.value;
    yield { detail: file, done: filesDone, total: filesTotal };
  }
  const versions = step.value;
  const biography = keyBiography(db, key, (problem) => problems.push(problem));
  const { steps, manifests } = biography;
  const residences = biography.residences.slice(-MAX_LISTED);
  const edits = biography.edits.slice(-MAX_LISTED);
  const indexOf = new Map(residences.map((residence, i) => [residence, i]));
  const indices = (list: typeof residences) => list.flatMap((residence) => indexOf.get(residence) ?? []);
  return {
    versions: versions.slice(0, MAX_LISTED).map(({ value, ...version }) => ({
      ...version,
      preview: copyOf(value, 0, Math.min(value.length, PREVIEW_BYTES)),
      valueBytes: value.length,
    })),
    residences: residences.map(({ number, level, file, added, removed, name }) => ({
      number,
      level,
      bytes: Number(file.size),
      smallest: keyRef(file.smallest),
      largest: keyRef(file.largest),
      added,
      removed,
      name,
    })),
    edits: edits.map(({ step: at, manifest, index, offset, begins, what, from, to }) => ({
      step: at,
      manifest,
      index,
      offset,
      begins,
      what: editText(what),
      from: indices(from),
      to: indices(to),
    })),
    steps,
    manifests,
    problems,
    lines: biographyLines(biography),
  };
}
