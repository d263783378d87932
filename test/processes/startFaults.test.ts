// A start that cannot succeed ends with exit code 1 and says on stderr what to do, without a stack. What a
// DATABASE_URL says is obeyed.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withDatabase } from '../harness/olderRelease.js';
import { type PostgresCluster, startPostgresCluster } from '../harness/postgresCluster.js';
import { findProgram } from '../harness/program.js';
import {
  runToEnd,
  startEntry,
  startServiceProcess,
  untilReady,
} from '../harness/serviceProcess.js';
import { testWhere } from '../harness/testWhere.js';

const run = promisify(execFile);
const TIMEOUT_MS = 180_000;
const PEPPER = 'n3Bv8Cx1Zl6Kj4Hg9Fd2Sa7Po5Iu0YtReWqMnB';
const PASSWORD = 'a-password-of-the-database';
const SECRETS = {
  NODE_ENV: 'production',
  JWT_SECRET: 'q8Zr2mV0x7Ck4Tn9Ws1Yb6Ld3Hf5Gj0PaQeRuIo',
  KEY_PEPPER: PEPPER,
  KEY_ENCRYPTION_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
};

let root: string;
let cluster: PostgresCluster;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sahm-faults-'));
  cluster = await startPostgresCluster();
  for (const sql of [
    'CREATE DATABASE sahm',
    'CREATE DATABASE empty',
    `CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0`,
    'CREATE DATABASE newer',
    'CREATE DATABASE taken',
    'CREATE DATABASE closed CONNECTION LIMIT 0',
    'CREATE ROLE poor LOGIN',
    'CREATE ROLE nobody_in',
    `CREATE ROLE shop LOGIN`,
  ]) {
    await cluster.query(sql);
  }
  await withDatabase(cluster.url('newer'), session =>
    session.run(`CREATE TABLE _prisma_migrations (id text, checksum text, finished_at timestamptz,
        migration_name text, logs text, rolled_back_at timestamptz, started_at timestamptz,
        applied_steps_count int);
      INSERT INTO _prisma_migrations (migration_name, finished_at, applied_steps_count)
        VALUES ('20261122000000_ledger', now(), 1), ('29990101000000_later_breaking', now(), 1)`),
  );
  await withDatabase(cluster.url('taken'), session => session.run('CREATE TABLE license (id int)'));
  await startServiceProcess(environment(cluster.url('sahm'))).then(service => {
    service.signal('SIGKILL');
    return service.ended;
  });
}, TIMEOUT_MS);
afterAll(async () => {
  await cluster.stop();
  await rm(root, { recursive: true, force: true });
}, TIMEOUT_MS);

function environment(url: string): Record<string, string> {
  return {
    ...SECRETS,
    LOG_LEVEL: 'error',
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_WAIT_MS: '500',
    DATA_DIR: join(root, 'data'),
    ADMIN_PASSWORD: 'a-password-of-the-owner',
    DATABASE_URL: url,
  };
}

const at = (user: string, path: string) =>
  `postgres://${user}:${PASSWORD}@127.0.0.1:${cluster.port}/${path}`;

test.each<[string, () => Record<string, string>, RegExp]>([
  [
    'nobody listens',
    () => ({ DATABASE_URL: `postgres://x:${PASSWORD}@127.0.0.1:1/sahm` }),
    /ECONNREFUSED.*Waiting for it.*\n.*Check that it runs/,
  ],
  [
    'no such role',
    () => ({ DATABASE_URL: at('who', 'sahm') }),
    /role "who" does not exist.*Check the user/,
  ],
  [
    'a role that may not log in',
    () => ({ DATABASE_URL: at('nobody_in', 'sahm') }),
    /not permitted to log in/,
  ],
  ['no such database', () => ({ DATABASE_URL: at('postgres', 'nope') }), /CREATE DATABASE "nope"/],
  ['a role without CREATE', () => ({ DATABASE_URL: at('poor', 'empty') }), /GRANT CREATE/],
  ["another's tables", () => ({ DATABASE_URL: at('poor', 'sahm') }), /permission denied.*poor/],
  [
    'an encoding that cannot hold every text',
    () => ({ DATABASE_URL: at('postgres', 'latin') }),
    /LATIN1.*ENCODING 'UTF8'/,
  ],
  [
    'a database that takes no writes',
    () => ({
      DATABASE_URL: at('postgres', 'sahm?options=-c%20default_transaction_read_only%3Don'),
    }),
    /read-only/,
  ],
  [
    'no connection free',
    () => ({ DATABASE_URL: at('poor', 'closed') }),
    /too many connections.*max_connections/,
  ],
  [
    'a schema that is not there',
    () => ({ DATABASE_URL: at('postgres', 'empty?schema=shop') }),
    /"shop".*CREATE SCHEMA/,
  ],
  [
    'a parameter that nobody knows',
    () => ({ DATABASE_URL: at('postgres', 'empty?connection_limit=5') }),
    /connection_limit.*Remove it/,
  ],
  [
    'several hosts',
    () => ({ DATABASE_URL: `postgres://x:${PASSWORD}@one,two/sahm` }),
    /several hosts.*target_session_attrs=read-write/,
  ],
  [
    'several hosts that are none',
    () => ({ DATABASE_URL: `postgres://x:${PASSWORD}@one:5432,two:port/sahm` }),
    /must be a postgres:\/\/ URL/,
  ],
  [
    'TLS that the server does not have',
    () => ({ DATABASE_URL: at('postgres', 'empty?sslmode=require') }),
    /does not support SSL.*sslmode=disable/,
  ],
  [
    'TLS if it likes',
    () => ({ DATABASE_URL: at('postgres', 'empty?sslmode=prefer') }),
    /verify-full/,
  ],
  [
    'a schema that a newer release broke for this one',
    () => ({ DATABASE_URL: at('postgres', 'newer') }),
    /newer release.*29990101000000_later_breaking/,
  ],
  [
    'a table of that name',
    () => ({ DATABASE_URL: at('postgres', 'taken') }),
    /relation "license" already exists \(42P07\).*of its own/,
  ],
  [
    'a zone that only Node knows',
    () => ({ QUOTA_TIME_ZONE: 'IST' }),
    /QUOTA_TIME_ZONE.*area and city/,
  ],
  ['another pepper', () => ({ KEY_PEPPER: `${PEPPER}x` }), /KEY_PEPPER: not what the license keys/],
  [
    'another encryption key',
    () => ({
      KEY_ENCRYPTION_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuV').toString('base64'),
    }),
    /KEY_ENCRYPTION_KEY: not what/,
  ],
  [
    'a first password that is the e-mail',
    () => ({
      DATABASE_URL: '',
      DATA_DIR: join(root, 'first'),
      ADMIN_EMAIL: 'owner@shop.example',
      ADMIN_PASSWORD: 'Owner@shop.example',
    }),
    /ADMIN_PASSWORD: must be more than the e-mail address/,
  ],
  [
    'a data folder that is a file',
    () => ({ DATABASE_URL: '', DATA_DIR: 'package.json' }),
    /package\.json: .*another folder/,
  ],
])(
  '%s: exit code 1, and a message without stack or password',
  async (_name, more, words) => {
    const { code, output } = await runToEnd('src/main', {
      ...environment(cluster.url('sahm')),
      ...more(),
    });
    expect(output).toMatch(words);
    expect(output).not.toMatch(/^\s+at /m);
    expect(output).not.toContain(PASSWORD);
    expect(code).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'a database that is away is waited for, and reported once',
  async () => {
    await cluster.halt();
    const waiting = startEntry('src/main', {
      ...environment(cluster.url('sahm')),
      DATABASE_WAIT_MS: '120000',
    });
    while (!waiting.output().includes('Waiting for it') && waiting.isRunning()) await sleep(50);
    await cluster.restart();
    const service = await untilReady(waiting);
    service.signal('SIGKILL');
    await service.ended;
    expect(service.output().match(/Waiting for it/g)).toHaveLength(1);
  },
  TIMEOUT_MS,
);

test(
  'a start that meets a lock of another session waits its turn, and says so once',
  async () => {
    await withDatabase(cluster.url('sahm'), async session => {
      await session.run('BEGIN; LOCK TABLE replica IN ACCESS EXCLUSIVE MODE');
      const waiting = startEntry('src/main', {
        ...environment(cluster.url('sahm')),
        LOG_LEVEL: 'warn',
        DATABASE_WAIT_MS: '120000',
      });
      while (!waiting.output().includes('waits for a lock') && waiting.isRunning()) await sleep(50);
      await session.run('COMMIT');
      const service = await untilReady(waiting);
      service.signal('SIGKILL');
      await service.ended;
      expect(service.output().match(/waits for a lock/g)).toHaveLength(1);
    });
  },
  TIMEOUT_MS,
);

/** Expects the service to become ready with this URL, with its tables in `schema`. */
async function expectReadyIn(schema: string, database: string, url: string): Promise<void> {
  const service = await startServiceProcess(environment(url));
  service.signal('SIGTERM');
  expect(await service.ended).toBe(0);
  const rows = await withDatabase(cluster.url(database), session =>
    session.query<{ schema: string }>(
      `SELECT DISTINCT schemaname AS schema FROM pg_tables
       WHERE tablename IN ('license', '_prisma_migrations')`,
    ),
  );
  expect(rows).toEqual([{ schema }]);
}

test.each([
  ['?schema= in the URL', '?schema=shop', ''],
  ['search_path in its options', '?options=-c%20search_path%3Dshop', ''],
  ['search_path of the role', '', 'ALTER ROLE shop SET search_path = shop'],
])(
  'with a schema named by %s, everything is in it',
  async (_name, query, sql) => {
    const database = `own_${query.length}`;
    await cluster.query(`CREATE DATABASE ${database}`);
    if (sql) await cluster.query(sql);
    await withDatabase(cluster.url(database), session =>
      session.run('CREATE SCHEMA shop AUTHORIZATION shop'),
    );
    const url = `postgres://shop@127.0.0.1:${cluster.port}/${database}${query}`;
    await expectReadyIn('shop', database, url);
    // And once more, now that everything exists.
    await expectReadyIn('shop', database, url);
    await cluster.query('ALTER ROLE shop RESET search_path');
  },
  TIMEOUT_MS,
);

testWhere(findProgram('openssl') !== undefined, 'openssl')(
  'TLS: an authority of the operator, none, and one that the server does not have',
  async () => {
    const authority = await serveTls(root);
    const url = (query: string, host = 'localhost') =>
      `postgres://postgres@${host}:${cluster.port}/sahm?${query}`;
    for (const query of [
      `sslmode=verify-full&sslrootcert=${authority}`,
      `sslmode=require&sslrootcert=${authority}`,
      'sslmode=no-verify',
    ]) {
      const service = await startServiceProcess(environment(url(query)));
      service.signal('SIGKILL');
      await service.ended;
      expect(service.output()).not.toContain('Warning');
    }
    const byAddress = `sslmode=verify-ca&sslrootcert=${authority}`;
    const service = await startServiceProcess(environment(url(byAddress, '127.0.0.1')));
    service.signal('SIGKILL');
    await service.ended;
    for (const refused of [
      url('sslmode=require'),
      url(`sslmode=verify-full&sslrootcert=${authority}`, '127.0.0.1'),
    ]) {
      const { code, output } = await runToEnd('src/main', environment(refused));
      expect(output).toMatch(/certificate.*sslrootcert=FILE.*no-verify/is);
      expect(code).toBe(1);
    }
  },
  TIMEOUT_MS,
);

/**
 * Makes the cluster serve TLS as `localhost`; returns the file of the authority that signed its certificate.
 */
async function serveTls(folder: string): Promise<string> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=authority',
    '-days',
    '30',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=localhost',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  );
  await writeFile(file('names'), 'subjectAltName=DNS:localhost\n');
  await openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '30',
    '-extfile',
    'names',
    '-out',
    'server.crt',
  );
  for (const name of ['server.key', 'server.crt']) {
    const target = join(cluster.dataDirectory, name);
    await run('cp', [file(name), target]);
    await run('chown', [`--reference=${cluster.dataDirectory}`, target]);
    await chmod(target, 0o600);
  }
  await cluster.query('ALTER SYSTEM SET ssl = on');
  await cluster.query('SELECT pg_reload_conf()');
  await sleep(500);
  return file('ca.pem');
}
