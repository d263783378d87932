// Runs PgBouncer in transaction mode in front of a test's PostgreSQL. It has so few connections that every
// client gets the sessions of every other.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePorts, type Program, startProgram } from './program.js';

export interface Pgbouncer extends Program {
  /** The URL of a database behind it. */
  url(database: string): string;
}

const CONNECTIONS = 4;

export async function startPgbouncer(postgresPort: number): Promise<Pgbouncer> {
  const [port] = await freePorts(1);
  const directory = await mkdtemp(join(tmpdir(), 'sahm-pgbouncer-'));
  const file = join(directory, 'pgbouncer.ini');
  await writeFile(file, configuration(port as number, postgresPort));
  // PgBouncer refuses to be run by root.
  const account = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const url = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const isUp = () => answers(url('postgres'));
  return { url, ...(await startProgram('pgbouncer', [...account, file], directory, isUp)) };
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function configuration(port: number, postgresPort: number): string {
  return `[databases]
* = host=127.0.0.1 port=${postgresPort} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${CONNECTIONS}
max_client_conn = 300
`;
}
