import { editText } from '../manifest/describe-edit';
import { tableFileName } from '../manifest/file-names';
import type { Biography, Residence } from './biography';

/** What the MANIFESTs tell of a key, a line for each edit that touched tables whose range covers it. */
export function biographyLines({ edits, manifests }: Biography): string[] {
  const lines: string[] = [];
  for (const { name, step, current } of manifests) {
    lines.push(`${name}${current ? '' : ' (stale)'}`);
    const next = manifests.find((other) => other.step > step)?.step ?? Number.POSITIVE_INFINITY;
    for (const edit of edits) {
      if (edit.step < step || edit.step >= next) continue;
      lines.push(`  edit ${edit.index} @ ${edit.offset}\t${editText(edit.what)}`);
      for (const residence of edit.from) lines.push(`    - ${place(residence)}`);
      for (const residence of edit.to) lines.push(`    + ${place(residence)}`);
    }
  }
  return lines;
}

function place({ level, number, name }: Residence): string {
  return `level ${level}  ${name ?? `${tableFileName(number)} (gone)`}`;
}
