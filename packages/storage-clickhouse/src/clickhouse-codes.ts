import type { FaultDetails } from './connection.js';

/** What a code of ClickHouse's means for those who write, ask or open. */
export interface CodeGroup {
  readonly meaning: string;
  /** Whether a write that fails so is the rows' own fault; every other one is tried again, with the same rows. */
  readonly refusesRows: boolean;
  /** Whether an operator has to act before `open` can succeed; else it passes by itself. */
  readonly stopsOpening: boolean;
}

const passes = { refusesRows: false, stopsOpening: false } as const;
const operator = { refusesRows: false, stopsOpening: true } as const;

export const CODE_GROUPS = {
  rows: {
    meaning: 'The rows were refused while they were read; nothing of the insert was applied.',
    refusesRows: true,
    stopsOpening: false,
  },
  user: { ...operator, meaning: 'The server does not know the user, or not with this password.' },
  right: { ...operator, meaning: 'The user may not do this.' },
  version: { ...operator, meaning: 'The server does not understand the statement: its version is too old.' },
  database: { ...operator, meaning: 'The database does not exist.' },
  cluster: { ...operator, meaning: 'The cluster, or a macro of it, is not in the configuration of the server.' },
  schema: { ...passes, meaning: 'A table or a column is missing or altered; the next start says which.' },
  disk: { ...passes, meaning: "The server's disk is full." },
  load: { ...passes, meaning: 'The server has too much to do, or a limit of the user is reached.' },
  replica: { ...passes, meaning: 'Replicas or ZooKeeper are away, behind, or waited for.' },
  network: { ...passes, meaning: 'The server does not reach another one, or the connection broke off.' },
  ended: { ...passes, meaning: 'Somebody ended the statement, or the server is stopping.' },
  trouble: { ...passes, meaning: 'The server has trouble with its disk, its memory or its own code.' },
} as const satisfies Record<string, CodeGroup>;

export type CodeGroupName = keyof typeof CODE_GROUPS;

/** Number, name as in ClickHouse's ErrorCodes.cpp, group. A code that is not here counts as `trouble`. */
export const CLICKHOUSE_CODES: readonly (readonly [number, string, CodeGroupName])[] = [
  [6, 'CANNOT_PARSE_TEXT', 'rows'],
  [25, 'CANNOT_PARSE_ESCAPE_SEQUENCE', 'rows'],
  [26, 'CANNOT_PARSE_QUOTED_STRING', 'rows'],
  [27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED', 'rows'],
  [38, 'CANNOT_PARSE_DATE', 'rows'],
  [41, 'CANNOT_PARSE_DATETIME', 'rows'],
  [53, 'TYPE_MISMATCH', 'rows'],
  [69, 'ARGUMENT_OUT_OF_BOUND', 'rows'],
  [70, 'CANNOT_CONVERT_TYPE', 'rows'],
  [72, 'CANNOT_PARSE_NUMBER', 'rows'],
  [117, 'INCORRECT_DATA', 'rows'],
  [131, 'TOO_LARGE_STRING_SIZE', 'rows'],
  [321, 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE', 'rows'],
  [349, 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN', 'rows'],
  [407, 'DECIMAL_OVERFLOW', 'rows'],
  [467, 'CANNOT_PARSE_BOOL', 'rows'],
  [469, 'VIOLATED_CONSTRAINT', 'rows'],
  [192, 'UNKNOWN_USER', 'user'],
  [193, 'WRONG_PASSWORD', 'user'],
  [194, 'REQUIRED_PASSWORD', 'user'],
  [195, 'IP_ADDRESS_NOT_ALLOWED', 'user'],
  [516, 'AUTHENTICATION_FAILED', 'user'],
  [164, 'READONLY', 'right'],
  [291, 'DATABASE_ACCESS_DENIED', 'right'],
  [452, 'SETTING_CONSTRAINT_VIOLATION', 'right'],
  [497, 'ACCESS_DENIED', 'right'],
  [46, 'UNKNOWN_FUNCTION', 'version'],
  [48, 'NOT_IMPLEMENTED', 'version'],
  [50, 'UNKNOWN_TYPE', 'version'],
  [56, 'UNKNOWN_STORAGE', 'version'],
  [62, 'SYNTAX_ERROR', 'version'],
  [63, 'UNKNOWN_AGGREGATE_FUNCTION', 'version'],
  [73, 'UNKNOWN_FORMAT', 'version'],
  [115, 'UNKNOWN_SETTING', 'version'],
  [344, 'SUPPORT_IS_DISABLED', 'version'],
  [81, 'UNKNOWN_DATABASE', 'database'],
  [139, 'NO_ELEMENTS_IN_CONFIG', 'cluster'],
  [701, 'CLUSTER_DOESNT_EXIST', 'cluster'],
  [8, 'THERE_IS_NO_COLUMN', 'schema'],
  [10, 'NOT_FOUND_COLUMN_IN_BLOCK', 'schema'],
  [16, 'NO_SUCH_COLUMN_IN_TABLE', 'schema'],
  [20, 'NUMBER_OF_COLUMNS_DOESNT_MATCH', 'schema'],
  [47, 'UNKNOWN_IDENTIFIER', 'schema'],
  [60, 'UNKNOWN_TABLE', 'schema'],
  [218, 'TABLE_IS_DROPPED', 'schema'],
  [243, 'NOT_ENOUGH_SPACE', 'disk'],
  [158, 'TOO_MANY_ROWS', 'load'],
  [159, 'TIMEOUT_EXCEEDED', 'load'],
  [160, 'TOO_SLOW', 'load'],
  [173, 'CANNOT_ALLOCATE_MEMORY', 'load'],
  [201, 'QUOTA_EXCEEDED', 'load'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES', 'load'],
  [203, 'NO_FREE_CONNECTION', 'load'],
  [241, 'MEMORY_LIMIT_EXCEEDED', 'load'],
  [252, 'TOO_MANY_PARTS', 'load'],
  [307, 'TOO_MANY_BYTES', 'load'],
  [396, 'TOO_MANY_ROWS_OR_BYTES', 'load'],
  [439, 'CANNOT_SCHEDULE_TASK', 'load'],
  [473, 'DEADLOCK_AVOIDED', 'load'],
  [745, 'SERVER_OVERLOADED', 'load'],
  [225, 'NO_ZOOKEEPER', 'replica'],
  [242, 'TABLE_IS_READ_ONLY', 'replica'],
  [244, 'UNEXPECTED_ZOOKEEPER_ERROR', 'replica'],
  [254, 'NO_ACTIVE_REPLICAS', 'replica'],
  [285, 'TOO_FEW_LIVE_REPLICAS', 'replica'],
  [286, 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE', 'replica'],
  [289, 'REPLICA_IS_NOT_IN_QUORUM', 'replica'],
  [319, 'UNKNOWN_STATUS_OF_INSERT', 'replica'],
  [369, 'ALL_REPLICAS_ARE_STALE', 'replica'],
  [415, 'ALL_REPLICAS_LOST', 'replica'],
  [416, 'REPLICA_STATUS_CHANGED', 'replica'],
  [999, 'KEEPER_EXCEPTION', 'replica'],
  [32, 'ATTEMPT_TO_READ_AFTER_EOF', 'network'],
  [33, 'CANNOT_READ_ALL_DATA', 'network'],
  [198, 'DNS_ERROR', 'network'],
  [209, 'SOCKET_TIMEOUT', 'network'],
  [210, 'NETWORK_ERROR', 'network'],
  [279, 'ALL_CONNECTION_TRIES_FAILED', 'network'],
  [236, 'ABORTED', 'ended'],
  [394, 'QUERY_WAS_CANCELLED', 'ended'],
  [40, 'CHECKSUM_DOESNT_MATCH', 'trouble'],
  [74, 'CANNOT_READ_FROM_FILE_DESCRIPTOR', 'trouble'],
  [75, 'CANNOT_WRITE_TO_FILE_DESCRIPTOR', 'trouble'],
  [76, 'CANNOT_OPEN_FILE', 'trouble'],
  [499, 'S3_ERROR', 'trouble'],
  [1000, 'POCO_EXCEPTION', 'trouble'],
  [1001, 'STD_EXCEPTION', 'trouble'],
];

const groups: ReadonlyMap<number, CodeGroupName> = new Map(CLICKHOUSE_CODES.map(([code, , group]) => [code, group]));

export function groupOf(code: number | undefined): CodeGroupName | undefined {
  return code === undefined ? undefined : groups.get(code);
}

export interface NetworkGroup {
  readonly meaning: string;
  readonly stopsOpening: boolean;
}

/** Faults without a code of ClickHouse's. */
export const NETWORK_FAULTS = {
  network: { meaning: 'Nobody listens, the name is not known, or the connection broke off.', stopsOpening: false },
  timeout: { meaning: 'No answer within the time that a request has.', stopsOpening: false },
  aborted: { meaning: 'The caller gave it up.', stopsOpening: false },
  overloaded: { meaning: 'Too many calls wait for the embedded engine.', stopsOpening: false },
  server: { meaning: 'An error answer without a code, from a proxy for one.', stopsOpening: false },
  foreign: { meaning: "A good answer that is not ClickHouse's.", stopsOpening: true },
  certificate: { meaning: "TLS does not accept the server's certificate.", stopsOpening: true },
} as const satisfies Readonly<Record<FaultDetails['kind'], NetworkGroup>>;
