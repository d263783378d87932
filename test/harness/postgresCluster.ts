// A private PostgreSQL in a temporary folder, for tests and benchmarks.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findPostgres } from './postgresPrograms.js';
import { childrenOf } from './workers.js';

const run = promisify(execFile);

export interface PostgresClusterOptions {
  /**
   * Waits for the disk at every commit, as in production. Off by default, because most tests need no
   * durability. On for benchmarks and for tests that kill the server.
   * @default false
   */
  durable?: boolean;
  /** @default 200 */
  maxConnections?: number;
  /** Replaces PostgreSQL's default of 128 MB, where a large table should stay in memory. */
  sharedBuffers?: string;
  /**
   * The parent of its folder. The write-ahead log stays in the temporary folder: a server that has no room for that
   * ends, and what a test wants is one that goes on and refuses.
   */
  parent?: string;
  /** Environment variables of the server, until `restart` replaces them. */
  environment?: Record<string, string>;
}

export interface PostgresCluster {
  port: number;
  dataDirectory: string;
  url(database: string): string;
  /** Creates a database, empty or as a copy of `template`; returns its URL. */
  createDatabase(name: string, template?: string): Promise<string>;
  /** Runs SQL in the database `postgres`, on a connection of its own. */
  query(sql: string): Promise<Array<Record<string, unknown>>>;
  /** Sends SIGKILL to the server's main process, like a crash of the machine. */
  crash(): Promise<void>;
  /** Every process of the server stops until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Stops the server in order, which closes every connection. The folder stays. */
  halt(): Promise<void>;
  /** For use after `crash` or `halt`. Returns when the server accepts connections again. */
  restart(environment?: Record<string, string>): Promise<void>;
  /**
   * For use after `crash` or `halt`: starts as the synchronous standby of `primary`, which is stopped for a moment to
   * copy its data. Returns when commits of the primary wait for it.
   */
  follow(primary: PostgresCluster): Promise<void>;
  /** A standby takes writes from now on. */
  promote(): Promise<void>;
  /** Stops the server at once and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a server on a free port of 127.0.0.1; user `postgres`, no password. */
export async function startPostgresCluster(
  options: PostgresClusterOptions = {},
): Promise<PostgresCluster> {
  const programs = await findPostgres();
  const account = await unprivilegedAccount();
  const newFolder = async (parent: string) => {
    const folder = await mkdtemp(join(await realpath(parent), 'sahm-postgres-'));
    if (account) await run('chown', [account, folder]);
    return folder;
  };
  const root = await newFolder(options.parent ?? tmpdir());
  const logRoot = options.parent ? await newFolder(tmpdir()) : root;
  const dataDirectory = join(root, 'data');

  /** The command line for a program of PostgreSQL, by another account than root, which the server refuses. */
  function command(program: string, ...args: string[]): [string, string[]] {
    return asAccount([join(programs, program), ...args]);
  }

  function asAccount(line: string[]): [string, string[]] {
    if (!account) return [line[0] as string, line.slice(1)];
    const quoted = line.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    return ['su', [account, '-s', '/bin/sh', '-c', quoted]];
  }

  const logFile = join(root, 'server.log');
  const control = join(programs, 'pg_ctl');
  async function start(environment: Record<string, string> = {}): Promise<void> {
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const waiting = ['start', '-w', '-t', '60', '-D', dataDirectory, '-l', logFile];
    try {
      await run(...asAccount(['env', ...variables, control, ...waiting]), { cwd: root });
    } catch (error) {
      const log = await readFile(logFile, 'utf8').catch(() => '');
      throw new Error(`PostgreSQL did not start:\n${log.slice(-2000)}`, { cause: error });
    }
  }
  const stopNow = command('pg_ctl', 'stop', '-m', 'immediate', '-D', dataDirectory);

  // A shell stops the server when its input ends: at `stop`, and also when this process is killed.
  const cleanUp =
    'cat >/dev/null; root=$1; log=$2; shift 2; "$@" >/dev/null 2>&1; rm -rf "$root" "$log"';
  const guard = spawn('sh', ['-c', cleanUp, 'sh', root, logRoot, ...stopNow.flat()], {
    cwd: tmpdir(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const cleanedUp = once(guard, 'exit');
  guard.unref();
  (guard.stdin as Socket).unref();
  async function stop(): Promise<void> {
    guard.ref();
    guard.stdin.end();
    await cleanedUp;
  }

  let port = 0;
  try {
    const initialise = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
    const folders = ['-D', dataDirectory, '-X', join(logRoot, 'write-ahead-log')];
    await run(...command('initdb', ...folders, ...initialise), { cwd: root });
    // Another program may take the free port before the server does. Then the next port is tried.
    for (let attempt = 1; ; attempt++) {
      port = await freePort();
      await appendFile(join(dataDirectory, 'postgresql.conf'), settings(port, root, options));
      try {
        await start(options.environment);
        break;
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
    await assertOwn();
  } catch (error) {
    await stop();
    throw error;
  }

  function url(database: string): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`;
  }

  async function query(sql: string): Promise<Array<Record<string, unknown>>> {
    const client = new Client({ connectionString: url('postgres') });
    await client.connect();
    try {
      return (await client.query(sql)).rows as Array<Record<string, unknown>>;
    } finally {
      await client.end();
    }
  }

  /** Asserts that the server behind the port uses our folder, and is not somebody else's. */
  async function assertOwn(): Promise<void> {
    const found = (await query('SHOW data_directory'))[0]?.data_directory;
    if (found !== dataDirectory) throw new Error(`port ${port} is the server of ${found}`);
  }

  async function signal(name: NodeJS.Signals): Promise<void> {
    const [first] = (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n');
    // Then it starts no more of them.
    process.kill(Number(first), name);
    for (const pid of await childrenOf(Number(first))) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // It has just ended.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  return {
    get port() {
      return port;
    },
    dataDirectory,
    url,
    async createDatabase(name, template = 'template1') {
      await query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
      return url(name);
    },
    query,
    async crash() {
      await assertOwn();
      const pid = Number(
        (await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8')).split('\n')[0],
      );
      process.kill(pid, 'SIGKILL');
    },
    async freeze() {
      await assertOwn();
      await signal('SIGSTOP');
    },
    thaw: () => signal('SIGCONT'),
    async halt() {
      await run(...command('pg_ctl', 'stop', '-w', '-m', 'fast', '-D', dataDirectory), {
        cwd: root,
      });
    },
    async restart(environment = options.environment) {
      // A killed server's children end a moment later, and until then it refuses to start.
      for (let attempt = 1; ; attempt++) {
        try {
          await start(environment);
          return;
        } catch (error) {
          if (attempt === 20) throw error;
          await sleep(250);
        }
      }
    },
    async follow(primary) {
      await rm(dataDirectory, { recursive: true });
      await primary.halt();
      await run(...asAccount(['cp', '-RL', primary.dataDirectory, dataDirectory]), { cwd: root });
      await primary.restart();
      await run(...asAccount(['touch', join(dataDirectory, 'standby.signal')]), { cwd: root });
      // What comes last counts.
      const own = `primary_conninfo = '${primary.url('postgres')}'\n`;
      const lines = settings(port, root, options) + own;
      await appendFile(join(dataDirectory, 'postgresql.conf'), lines);
      await start(options.environment);
      await primary.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
      await primary.query('SELECT pg_reload_conf()');
      const states = `SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'`;
      while ((await primary.query(states))[0]?.sync_state !== 'sync') await sleep(50);
    },
    async promote() {
      await query('SELECT pg_promote()');
    },
    stop,
  };
}

function settings(port: number, root: string, options: PostgresClusterOptions): string {
  const lines = {
    port: String(port),
    listen_addresses: "'127.0.0.1'",
    unix_socket_directories: `'${root}'`,
    max_connections: String(options.maxConnections ?? 200),
    ...(options.sharedBuffers && { shared_buffers: options.sharedBuffers }),
    ...(options.durable
      ? {}
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

/** The account that runs the server when we are root; undefined when we can run it ourselves. */
async function unprivilegedAccount(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const exists = await run('id', ['-u', 'postgres']).then(
    () => true,
    () => false,
  );
  return exists ? 'postgres' : 'nobody';
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
