import { versioned, type Table } from './table.js';

const list = (names: readonly string[]): string => names.join(', ');

/** `CREATE TABLE` of one version, without its indexes: those come after a load. */
export const createTableSql = (table: Table, version: number): string => {
  const columns = Object.entries(table.columns).map(
    ([name, type]) => `${name} ${type}${table.key.includes(name) ? ' NOT NULL' : ''}`,
  );
  return `CREATE TABLE IF NOT EXISTS ${versioned(table, version)} (${list(columns)}, PRIMARY KEY (${list(table.key)}))`;
};

export const createIndexesSql = (table: Table, version: number): readonly string[] =>
  table.indexes.map(
    ({ name, on }) =>
      `CREATE INDEX IF NOT EXISTS ${versioned(table, version)}_${name} ON ${versioned(table, version)} ${on}`,
  );

export const dropTableSql = (table: Table, version: number): string =>
  `DROP TABLE IF EXISTS ${versioned(table, version)}`;

const unnest = (table: Table, columns: readonly string[]): string =>
  `unnest(${list(columns.map((name, i) => `$${i + 1}::${table.columns[name] ?? 'text'}[]`))})`;

/** One UNNEST upsert: a parameter per column, in the order of `table.columns`. */
export const upsertSql = (table: Table, version: number): string => {
  const columns = Object.keys(table.columns);
  const set = columns.filter((name) => !table.key.includes(name)).map((name) => `${name} = EXCLUDED.${name}`);
  return `INSERT INTO ${versioned(table, version)} (${list(columns)}) SELECT * FROM ${unnest(table, columns)}
    ON CONFLICT (${list(table.key)}) DO UPDATE SET ${list(set)}`;
};

/** One UNNEST insert of rows that never change. */
export const insertSql = (table: Table, version: number): string => {
  const columns = Object.keys(table.columns);
  return `INSERT INTO ${versioned(table, version)} (${list(columns)}) SELECT * FROM ${unnest(table, columns)}
    ON CONFLICT (${list(table.key)}) DO NOTHING`;
};

/** The rows of these keys: a parameter per key column. */
export const selectSql = (table: Table, version: number): string =>
  `SELECT r.* FROM ${versioned(table, version)} r
    JOIN ${unnest(table, table.key)} AS wanted(${list(table.key)}) USING (${list(table.key)})`;
