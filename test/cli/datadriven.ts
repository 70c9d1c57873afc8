// Data-driven tests of the command line: text files of commands with the output that is expected of them.
//
//   # a comment
//   copy $FIXTURES/s-seq $TMP/db            setup: what is done to files, without output
//   flip $TMP/db/000005.ldb 100
//
//   lsm info $TMP/db | head 3               a command, and after the line of dashes what it prints
//   ----
//   ...
//   stderr: lsm: ...
//   exit 0
//
// `< FILE` gives a command its standard input. $BACKUP is the name of the newest backup of $TMP/db; times that backups
// are called by are shown as $TIME.
//
// A blank line ends the output; output with blank lines stands between doubled lines of dashes. $FIXTURES and $LOCAL
// are the folders of databases, $TMP is empty at the beginning of each file. See `setups` and `filters` for the rest.

import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeBytes, unescapeBytes } from '../../src/engine/bytes/escape';
import { fixtures, sharedFixtures } from '../helpers/fixtures';
import { copyWritable } from './copy';
import { type BatchJson, type EditJson, type EntryJson, writeLog, writeManifest, writeTable } from './craft';
import { lsmWithInput } from './run';

/** Runs a file's text; gives the text with the output that came instead of the expected one. */
export function runDataDriven(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lsm-cli-'));
  try {
    return new Session(folder, text).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const DASHES = '----';

class Session {
  private readonly variables: readonly [name: string, path: string][];
  private readonly lines: readonly string[];
  private readonly folder: string;
  private at = 0;

  constructor(folder: string, text: string) {
    this.folder = folder;
    this.variables = [
      ['$FIXTURES', sharedFixtures],
      ['$LOCAL', fixtures],
      ['$TMP', folder],
    ];
    this.lines = text.replace(/\n+$/, '').split('\n');
  }

  run(): string {
    const result: string[] = [];
    while (this.at < this.lines.length) {
      const line = this.lines[this.at++];
      result.push(line);
      if (line === '' || line.startsWith('#')) continue;
      const words = splitWords(line, this.at);
      if (words[0].text === 'lsm') {
        this.skipOutput();
        result.push(...framed(this.command(words)));
      } else {
        const data = this.takeData();
        result.push(...data);
        this.setUp(words, data);
      }
    }
    return `${result.join('\n')}\n`;
  }

  /** Goes past the output that is expected now. */
  private skipOutput(): void {
    if (this.lines[this.at] !== DASHES) return;
    const doubled = this.lines[this.at + 1] === DASHES;
    this.at += doubled ? 2 : 1;
    while (this.at < this.lines.length) {
      if (doubled && this.lines[this.at] === DASHES && this.lines[this.at + 1] === DASHES) {
        this.at += 2;
        break;
      }
      if (!doubled && this.lines[this.at] === '') break;
      this.at++;
    }
  }

  /** The JSON lines behind a setup. */
  private takeData(): string[] {
    const data: string[] = [];
    while (this.lines[this.at]?.startsWith('{')) data.push(this.lines[this.at++]);
    return data;
  }

  private setUp(words: readonly Word[], data: readonly string[]): void {
    const [name, ...args] = words.map(({ text }) => this.expand(text));
    const setup = setups[name];
    if (!setup) throw new Error(`line ${this.at}: unknown directive "${name}"`);
    setup(
      args,
      data.map((line) => JSON.parse(line)),
    );
  }

  private command(words: readonly Word[]): string[] {
    const parts: string[][] = [[]];
    for (const { text, quoted } of words) {
      if (text === '|' && !quoted) parts.push([]);
      else parts[parts.length - 1].push(this.expand(text));
    }
    const [[, ...args], ...pipes] = parts;
    const redirection = args.indexOf('<');
    const [, input] = redirection < 0 ? [] : args.splice(redirection, 2);
    const text = input === undefined ? undefined : readFileSync(input, 'utf8');
    const { status, output, stderr } = lsmWithInput(text, ...args);
    let lines = this.outputLines(output);
    for (const [name, ...options] of pipes) {
      const filter = filters[name];
      if (!filter) throw new Error(`line ${this.at}: unknown filter "${name}"`);
      lines = filter(lines, options);
    }
    const errors = this.collapse(stderr)
      .split('\n')
      .slice(0, -1)
      .map((line) => `stderr: ${line}`);
    return [...lines, ...errors, `exit ${status}`];
  }

  private outputLines(output: Buffer): string[] {
    if (output.length === 0) return [];
    const lines = this.collapse(readable(output)).split('\n');
    // Every output ends with a newline; one that does not shows.
    if (lines[lines.length - 1] === '') lines.pop();
    else lines.push('(no newline at the end)');
    return lines;
  }

  private expand(text: string): string {
    const expanded = this.variables.reduce((result, [name, path]) => result.replaceAll(name, path), text);
    return expanded.includes('$BACKUP') ? expanded.replaceAll('$BACKUP', this.newestBackup()) : expanded;
  }

  private newestBackup(): string {
    const names = readdirSync(join(this.folder, 'db.lsm-backup')).sort();
    return names[names.length - 1];
  }

  private collapse(text: string): string {
    const collapsed = this.variables.reduce((result, [name, path]) => result.replaceAll(path, name), text);
    return collapsed.replace(/\d{4}-\d\d-\d\dT\d\d[-:]\d\d[-:]\d\d\.\d{3}Z/g, '$TIME');
  }
}

type Setup = (args: string[], data: unknown[]) => void;

const setups: Record<string, Setup> = {
  copy: ([from, to]) => copyWritable(from, to),
  mkdir: ([path]) => mkdirSync(path, { recursive: true }),
  remove: ([path]) => rmSync(path, { recursive: true }),
  rename: ([from, to]) => renameSync(from, to),
  /** `truncate FILE N`: to N bytes, or by -N bytes. */
  truncate: ([path, size]) =>
    truncateSync(path, Number(size) < 0 ? statSync(path).size + Number(size) : Number(size)),
  /** `flip FILE OFFSET`: inverts a byte; a negative offset counts from the end. */
  flip([path, offset]) {
    const bytes = readFileSync(path);
    bytes[Number(offset) < 0 ? bytes.length + Number(offset) : Number(offset)] ^= 0xff;
    writeFileSync(path, bytes);
  },
  /** `write FILE TEXT`, with \xNN for bytes. */
  write: ([path, text]) => writeFileSync(path, unescapeBytes(text)),
  /** A script of operations, one on each of the lines that follow. */
  script: ([path], operations) => writeFileSync(path, JSON.stringify(operations)),
  append: ([path, text]) => appendFileSync(path, unescapeBytes(text)),
  /** A file of the JSON lines that follow. */
  lines: ([path], values) =>
    writeFileSync(path, values.map((value) => `${JSON.stringify(value)}\n`).join('')),
  /** A MANIFEST, log or table of the JSON lines that follow. */
  manifest: ([path], edits) => writeManifest(path, edits as EditJson[]),
  log: ([path], batches) => writeLog(path, batches as BatchJson[]),
  table: ([path], entries) => writeTable(path, entries as EntryJson[]),
};

type Filter = (lines: string[], options: string[]) => string[];

/** What stands behind `|`: long output in short. Standard error is never cut. */
const filters: Record<string, Filter> = {
  head: (lines, [count]) => [...lines.slice(0, Number(count)), ...moreLines(lines.length - Number(count))],
  tail: (lines, [count]) => [...moreLines(lines.length - Number(count)), ...lines.slice(-Number(count))],
  grep: (lines, [text]) => lines.filter((line) => line.includes(text)),
  digest(lines) {
    const hash = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
    return [`(${lines.length} lines, sha256 ${hash})`];
  },
  /** `cut N`: long lines. */
  cut: (lines, [width]) =>
    lines.map((line) => (line.length > Number(width) ? `${line.slice(0, Number(width))}…` : line)),
  /** `field NAME`: one member of each JSON line. */
  field: (lines, [name]) => lines.map((line) => JSON.stringify(JSON.parse(line)[name])),
};

function moreLines(count: number): string[] {
  return count > 0 ? [`(${count} more lines)`] : [];
}

function framed(lines: readonly string[]): string[] {
  return lines.includes('') ? [DASHES, DASHES, ...lines, DASHES, DASHES] : [DASHES, ...lines];
}

/** The output as text. Bytes that an editor would not keep are written \xNN, and then every backslash too. */
function readable(output: Buffer): string {
  const text = output.toString();
  const plain = ![...text].some(
    (c) => c === '\ufffd' || (c < ' ' && c !== '\n' && c !== '\t') || c === '\x7f',
  );
  return plain ? text : escapeBytes(output).replaceAll('\\x0a', '\n').replaceAll('\\x09', '\t');
}

interface Word {
  text: string;
  quoted: boolean;
}

/** Words of a line, of which some are in double quotes. A backslash stands for itself. */
function splitWords(line: string, number: number): Word[] {
  const words: Word[] = [];
  for (const match of line.matchAll(/\s*(?:"([^"]*)"|([^\s"]+))/gy)) {
    words.push({ text: match[1] ?? match[2], quoted: match[1] !== undefined });
  }
  if (words.length === 0) throw new Error(`line ${number}: no words in it: ${line}`);
  return words;
}
