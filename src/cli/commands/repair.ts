import type { ChangeAccount } from '../../engine/db/change';
import type { DryRun } from '../../engine/db/dry-run';
import type { RebuildInputs } from '../../engine/manifest/editing/operation';
import { type Repair, repairDatabase } from '../../engine/recovery/repair/repair';
import { reportUnfinished } from '../applying';
import { type Command, messageLine } from '../command';
import { dryRunOptions, runDry } from '../dry-run';
import { ExitCode, UsageError } from '../exit';
import type { Arguments } from '../options';
import { type Output, writeError } from '../output';
import { repairJson } from '../repair-json';
import { printRepair } from '../repair-text';

const CHOICES: readonly RebuildInputs[] = ['keep', 'leave-out'];

export const repair: Command = {
  name: 'repair',
  arguments: 'DIR',
  summary: 'what is damaged, what comes back and what is lost, as a dry run without --apply',
  options: {
    inputs: {
      value: 'keep|leave-out',
      help: 'for a MANIFEST that is rebuilt: what becomes of tables that seem to be inputs of a compaction',
    },
    ...dryRunOptions,
  },
  run(args, output) {
    const [directory] = args.positionals;
    const inputs = inputsOf(args);
    return runDry(args, directory, {
      label: 'repair',
      listen: () => {},
      work: (dryRun, options) => repairDatabase(dryRun, options, { inputs }),
      isSound: ({ isNeeded, result }) => isNeeded && result?.ok === true,
      conclude: (found, dryRun, account) => conclude(args, output, dryRun, found, account),
    });
  },
};

function inputsOf(args: Arguments): RebuildInputs | undefined {
  const chosen = args.text('inputs');
  if (chosen === undefined) return undefined;
  const found = CHOICES.find((choice) => choice === chosen);
  if (!found) throw new UsageError(`--inputs is ${CHOICES.join(' or ')}: not "${chosen}"`);
  return found;
}

function conclude(
  args: Arguments,
  output: Output,
  dryRun: DryRun,
  found: Repair,
  account: ChangeAccount | undefined,
): ExitCode {
  if (output.json) output.value(repairJson(output, dryRun, found, account));
  else printRepair(output, dryRun, found, account);
  if (account) reportUnfinished(account, dryRun.directory);
  const { refusal, result } = found;
  if (!refusal && result?.ok) return ExitCode.done;
  const choose = refusal?.choose ? '; --inputs says what to do' : '';
  const unchanged = args.has('apply') ? ': nothing was changed' : '';
  const why = refusal ? `${refusal.reason}${choose}` : `LevelDB would not open it: ${result?.error}`;
  writeError(messageLine(dryRun.directory, undefined, `cannot be repaired: ${why}${unchanged}`));
  return ExitCode.damaged;
}
