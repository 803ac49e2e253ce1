/** "PlfL": written into the header of a store. */
export const logApplicationId = 0x506c664c;

/** Rows by object, see `ObjectIndex`; the same columns make its table in memory. */
export const objectColumns = `
  resource TEXT NOT NULL,
  namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  revision INTEGER NOT NULL,
  operation INTEGER NOT NULL,
  keep INTEGER NOT NULL,
  PRIMARY KEY (resource, namespace, name, revision)
`;
/**
 * Records on their way to the audit log, see `Store.appendRecords`: those of one transaction are one row (`encodeRecords`), which
 * costs a third of a row for each.
 */
const recordTable = 'CREATE TABLE record (last_sequence INTEGER PRIMARY KEY, packed BLOB NOT NULL) STRICT;';
const objectTable = `CREATE TABLE log_object (${objectColumns}) STRICT, WITHOUT ROWID;`;

/**
 * The log is only ever appended to; only the encodings of values are replaced, when their keys are. `commit_end` is the last revision of the row's commit, NULL for that last row itself.
 * `checksum` (`rowChecksum`) is NULL in rows that were written before there was one.
 */
export const logSchema = `
  CREATE TABLE log (
    revision INTEGER PRIMARY KEY,
    resource TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    operation INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    at_ms REAL NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    request_id TEXT NOT NULL,
    bytes BLOB NOT NULL,
    commit_end INTEGER,
    checksum INTEGER
  ) STRICT;
  ${objectTable}
  ${recordTable}
  INSERT INTO meta VALUES ('indexedTo', 0);
`;

/** What makes a store of format n one of format n + 1; the first is for format 1. Never changed once released. */
export const logMigrations: readonly string[] = [
  `
  ALTER TABLE log ADD COLUMN commit_end INTEGER;
  ALTER TABLE log ADD COLUMN checksum INTEGER;
  ${objectTable}
  INSERT INTO log_object SELECT resource, namespace, name, revision, operation, keep FROM log ORDER BY 1, 2, 3, 4;
  DROP INDEX log_by_object;
  INSERT INTO meta SELECT 'indexedTo', coalesce(max(revision), 0) FROM log;
  `,
  recordTable,
];
