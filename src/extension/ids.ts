// Names that package.json and the code share. test/host checks that every declared command is registered.

export const Command = {
  openFolder: 'lsm.openFolder',
  close: 'lsm.close',
  refresh: 'lsm.refresh',
  reopen: 'lsm.reopen',
  browseKeys: 'lsm.browseKeys',
  verify: 'lsm.verify',
  goToTable: 'lsm.goToTable',
  goToKey: 'lsm.goToKey',
  filterTables: 'lsm.filterTables',
  clearFilter: 'lsm.clearFilter',
  findInWorkspace: 'lsm.findInWorkspace',
  copyPath: 'lsm.copyPath',
  copyKey: 'lsm.copyKey',
  copyRange: 'lsm.copyRange',
  reveal: 'lsm.reveal',
  loadMore: 'lsm.loadMore',
  openFile: 'lsm.openFile',
  keyBiography: 'lsm.keyBiography',
  explainGet: 'lsm.explainGet',
  manifestAsText: 'lsm.manifestAsText',
  compareManifests: 'lsm.compareManifests',
  fixManifest: 'lsm.fixManifest',
  editManifest: 'lsm.editManifest',
  rebuildManifest: 'lsm.rebuildManifest',
  saveManifest: 'lsm.saveManifest',
  saveAsNewManifest: 'lsm.saveAsNewManifest',
  copyManifestScript: 'lsm.copyManifestScript',
  compact: 'lsm.compact',
  compactLevel: 'lsm.compactLevel',
  compactRange: 'lsm.compactRange',
  compactAuto: 'lsm.compactAuto',
  flush: 'lsm.flush',
  recover: 'lsm.recover',
  repair: 'lsm.repair',
  put: 'lsm.put',
  deleteKey: 'lsm.deleteKey',
  importLines: 'lsm.importLines',
  exportLines: 'lsm.exportLines',
  backUp: 'lsm.backUp',
  restore: 'lsm.restore',
  traceCompaction: 'lsm.traceCompaction',
  traceRecovery: 'lsm.traceRecovery',
  openTrace: 'lsm.openTrace',
  playground: 'lsm.playground',
  rowCopyKey: 'lsm.row.copyKey',
  rowCopyValue: 'lsm.row.copyValue',
  rowBiography: 'lsm.row.biography',
  rowExplain: 'lsm.row.explain',
  rowDelete: 'lsm.row.delete',
} as const;

export const View = { databases: 'lsm.databases' } as const;

/** Context keys for `when` clauses. */
export const Context = { hasDatabases: 'lsm.hasDatabases', hasFilter: 'lsm.hasFilter' } as const;

/** The context key that says that a lesson of the playground was gone through. */
export const lessonDone = (id: string) => `lsm.lessonDone.${id}`;

export const Setting = {
  section: 'lsm',
  autoRefresh: 'autoRefresh',
  backupFolder: 'backupFolder',
  searchInclude: 'search.include',
  searchExclude: 'search.exclude',
} as const;

/** Where databases that are open are kept over a reload. */
export const OPEN_DATABASES_KEY = 'lsm.openDatabases';
export const KEYS_VIEW_TYPE = 'lsm.keys';
export const DRY_RUN_VIEW_TYPE = 'lsm.dryRun';
export const TRACE_VIEW_TYPE = 'lsm.traces';
export const PLAYGROUND_VIEW_TYPE = 'lsm.playground';
/** The editor of `.lsmtrace` files. */
export const TRACE_EDITOR = 'lsm.trace';
export const VALUE_SCHEME = 'lsm-value';
export const BIOGRAPHY_SCHEME = 'lsm-biography';
export const EXPLAIN_SCHEME = 'lsm-explain';
export const MANIFEST_SCHEME = 'lsm-manifest';
export const MANIFEST_SNAPSHOT_SCHEME = 'lsm-manifest-snapshot';
export const MANIFEST_LANGUAGE = 'lsm-manifest';
/** Not declared in package.json: a quick fix calls it with a MANIFEST's address and operations. */
export const APPLY_TO_MANIFEST = 'lsm.applyToManifest';
