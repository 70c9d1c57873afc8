import { REGION_KINDS, type RegionKind, type TableMapData } from '../protocol/table';
import type { MapSegments } from '../ui/map-layout';
import { t } from '../ui/text';

export type ColorBy = 'kind' | 'compression';

export interface LegendEntry {
  color: string;
  title: string;
}

const KIND_COLORS: Record<RegionKind, string> = {
  data: '--vscode-charts-blue',
  filter: '--vscode-charts-purple',
  meta: '--vscode-charts-yellow',
  metaindex: '--vscode-charts-yellow',
  index: '--vscode-terminal-ansiCyan',
  footer: '--vscode-charts-green',
  gap: '--vscode-charts-lines',
  unknown: '--vscode-charts-red',
};

/** From hardly to very much smaller than the contents. */
const RATIO_COLORS = [
  '--vscode-charts-lines',
  '--vscode-charts-green',
  '--vscode-charts-blue',
  '--vscode-charts-purple',
  '--vscode-charts-yellow',
];

/** The kinds' names are the format's own. */
export function kindTitle(kind: RegionKind): string {
  const titles: Record<RegionKind, string> = {
    data: t('Data block'),
    filter: t('Filter block'),
    meta: t('Meta block'),
    metaindex: t('Metaindex block'),
    index: t('Index block'),
    footer: t('Footer'),
    gap: t('Gap'),
    unknown: t('Unknown'),
  };
  return titles[kind];
}

export function paletteOf(by: ColorBy): string[] {
  return by === 'kind' ? REGION_KINDS.map((kind) => KIND_COLORS[kind]) : RATIO_COLORS;
}

export function legendOf(by: ColorBy, map: TableMapData): LegendEntry[] {
  if (by === 'compression') {
    const titles = [t('not read yet'), t('stored as it is'), t('above 1/2'), t('1/4 to 1/2'), t('below 1/4')];
    return titles.map((title, i) => ({ color: RATIO_COLORS[i]!, title }));
  }
  const present = new Set(map.kinds);
  return REGION_KINDS.flatMap((kind, i) =>
    present.has(i) ? [{ color: KIND_COLORS[kind], title: kindTitle(kind) }] : [],
  );
}

export function segmentsOf(map: TableMapData, by: ColorBy): MapSegments {
  return {
    starts: map.starts,
    ends: map.ends,
    colors: by === 'kind' ? map.kinds : map.kinds.map((_, i) => ratioClass(map, i)),
    marks: map.damaged,
  };
}

function ratioClass(map: TableMapData, index: number): number {
  const raw = map.rawSizes[index]!;
  if (raw === 0) return 0;
  const ratio = (map.ends[index]! - map.starts[index]! - 5) / raw;
  return ratio >= 1 ? 1 : ratio > 0.5 ? 2 : ratio > 0.25 ? 3 : 4;
}
