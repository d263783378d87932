/** One connection on which the schema is read and changed: of `pg`, or PGlite. */
export interface SchemaSession {
  /** Several statements in one message, without values. */
  run(script: string): Promise<unknown>;
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
}
