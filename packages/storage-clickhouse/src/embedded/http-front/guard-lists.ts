/** Table functions that make rows out of what is in the statement or in the tables. Every other one that the engine has is refused. */
export const ALLOWED_TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'generate_series',
  'generateseries',
  'numbers',
  'numbers_mt',
  'values',
  'view',
  // A function of this name formats strings; the table function is refused by readonly.
  'format',
]);

/** Of the database `system`: what tools ask for to show tables and columns. Others show statements,
 * users, secrets; these show where the database's folder is, and what the engine is. */
export const ALLOWED_SYSTEM_TABLES: ReadonlySet<string> = new Set([
  'aggregate_function_combinators',
  'collations',
  'columns',
  'contributors',
  'data_skipping_indices',
  'data_type_families',
  'databases',
  'dictionaries',
  'documentation',
  'formats',
  'functions',
  'keywords',
  'licenses',
  'merge_tree_settings',
  'numbers',
  'numbers_mt',
  'one',
  'parts',
  'parts_columns',
  'settings',
  'table_engines',
  'table_functions',
  'tables',
  'time_zones',
]);

/** In lower case. Beside them the engine's groups in {@link REFUSED_CATEGORIES}. */
export const REFUSED_FUNCTIONS: readonly string[] = [
  // Reads any file of this machine.
  'file',
  // Load libraries and models from paths.
  'catboostevaluate',
  'evalmlmethod',
  // Hold the engine without working.
  'sleep',
  'sleepeachrow',
  // Runs for minutes inside one block, where no limit is looked at: 3 million elements take 35 s under a limit of 1 s.
  'arrayfold',
  // The square of the lengths: one row of two texts of 60,000 characters takes 11 s, and nothing stops it.
  'arraylevenshteindistance',
  'arraylevenshteindistanceweighted',
  'arraysimilarity',
  'dameraulevenshteindistance',
  'editdistance',
  'editdistanceutf8',
  'levenshteindistance',
  'levenshteindistanceutf8',
  // Say things of the process and of the machine.
  'filesystemavailable',
  'filesystemcapacity',
  'filesystemunreserved',
  'getclienthttpheader',
  'getmacro',
  'getserverport',
  'getserversetting',
  'showcertificate',
  // Look a table up by a name in a string, where a file of this machine can be named too.
  'hascolumnintable',
  'joinget',
  'joingetornull',
  // Write in a coordination service.
  'generateserialid',
];

/** Of `system.functions`: they ask services elsewhere, look into the process, load models, read dictionaries that may fetch. */
export const REFUSED_CATEGORIES: readonly string[] = [
  'AI',
  'Dictionary',
  'Embedded Dictionary',
  'Internal',
  'Introspection',
  'Machine Learning',
];

/** After SHOW, as the engine's formatter writes them. */
export const ALLOWED_SHOWS: readonly string[] = [
  'TABLES',
  'FULL TABLES',
  'DATABASES',
  'COLUMNS',
  'FULL COLUMNS',
  'EXTENDED COLUMNS',
  'EXTENDED FULL COLUMNS',
  'INDEXES',
  'CREATE TABLE',
  'CREATE VIEW',
  'CREATE DATABASE',
  'FUNCTIONS',
  'ENGINES',
  'SETTINGS',
  'CHANGED SETTINGS',
  'SETTING',
];
