// An installation: processes of the built service on one database (PostgreSQL or embedded), with the sandbox
// outside of them as both upstreams. The ledger is compared with what the sandbox saw, by hold id.

import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type ServedRequest, startSandbox } from '../../src/providers/sandbox/server.js';
import { readDatabaseUrl } from '../../src/store/database/databaseUrl.js';
import { withSession } from '../../src/store/database/preparePostgres.js';
import { copyCatalog } from './faultCatalog.js';
import { until } from './load.js';
import { type PostgresCluster, startPostgresCluster } from './postgresCluster.js';
import {
  type EndedProcess,
  runToEnd,
  type ServiceProcess,
  startServiceProcess,
} from './serviceProcess.js';

export type DatabaseKind = 'postgres' | 'embedded';

export interface SiteOptions {
  database: DatabaseKind;
  /** Adds the model `fault/FAULT` for each to the shipped models. */
  faults?: string[];
  /** Environment variables of every process of the service. */
  environment?: Record<string, string>;
  /** The parent of the PostgreSQL server's folder. */
  serverParent?: string;
  /** Environment variables of the PostgreSQL server. */
  serverEnvironment?: Record<string, string>;
  /** A server that others use too, in place of one of its own. */
  cluster?: PostgresCluster;
  /** The folder for all that each process writes. */
  logs?: string;
}

export interface HoldRow {
  id: string;
  licenseId: string;
  period: string;
  grantId: string | null;
  state: string;
  reason: string | null;
}

export interface IssuedLicense {
  id: string;
  key: string;
}

export interface Site {
  /** Undefined for the embedded database. */
  cluster: PostgresCluster | undefined;
  databaseUrl: string | undefined;
  dataDir: string;
  /** The files of CATALOG_DIR. */
  catalogDir: string;
  /** Environment variables of every process of the service. */
  environment: Record<string, string>;
  /** The processes that were started and still run. */
  running(): ServiceProcess[];
  /** Starts this many more, all at the same time. `more` are variables of these only. */
  start(count?: number, more?: Record<string, string>): Promise<ServiceProcess[]>;
  /** Runs another built entry point in the service's environment. */
  run(entry: string, more?: Record<string, string>): Promise<EndedProcess>;
  /** Sends SIGTERM to every process; returns their exit codes. */
  stopAll(): Promise<Array<number | string>>;
  /** The owner's token, for a test's own calls. */
  token(): Promise<string>;
  /** Calls the administration API; throws unless the call succeeds. */
  admin(method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown): Promise<AdminAnswer>;
  /** Runs a job, after the schedule's own run of it: also one that a killed process left, whose lease has to end. */
  runJob(name: string): Promise<void>;
  issue(plan: string, limits?: { openrouter?: number; openai?: number }): Promise<IssuedLicense>;
  /** Runs SQL on the database; on the embedded one only while no process runs. */
  query<Row>(sql: string): Promise<Row[]>;
  /** Every hold; see `query`. */
  holds(): Promise<HoldRow[]>;
  /** Every chat that reached the upstream. */
  served(): Promise<ServedRequest[]>;
  close(): Promise<void>;
}

// biome-ignore lint/suspicious/noExplicitAny: JSON, looked into by whoever asked
export type AdminAnswer = any;

const EMAIL = 'owner@example.com';
const LONGEST_JOB_LEASE_MS = 70_000;

export async function openSite(options: SiteOptions): Promise<Site> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-site-'));
  const dataDir = join(directory, 'data');
  const catalogDir = join(directory, 'catalog');
  const logFile = join(directory, 'served.jsonl');
  await copyCatalog(catalogDir, options.faults ?? []);
  const sandbox = await startSandbox({ logFile });
  const cluster =
    options.cluster ??
    (options.database === 'postgres'
      ? await startPostgresCluster({
          durable: true,
          ...(options.serverParent && { parent: options.serverParent }),
          ...(options.serverEnvironment && { environment: options.serverEnvironment }),
        })
      : undefined);
  const template = process.env.SAHM_TEST_EMBEDDED;
  if (options.database === 'embedded' && template) {
    await cp(template, join(dataDir, 'postgres'), { recursive: true });
  }
  // Beside others in a shared cluster it has a name of its own.
  const name = options.cluster ? `sahm_${randomBytes(4).toString('hex')}` : 'sahm';
  const databaseUrl = await cluster?.createDatabase(name);
  const password = randomBytes(18).toString('base64url');
  const environment: Record<string, string> = {
    NODE_ENV: 'production',
    SANDBOX: 'on',
    PORT: '0',
    LOG_LEVEL: 'error',
    DATA_DIR: dataDir,
    CATALOG_DIR: catalogDir,
    JWT_SECRET: randomBytes(32).toString('base64'),
    KEY_PEPPER: randomBytes(32).toString('base64'),
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: password,
    OPENROUTER_API_KEY: 'upstream-key',
    OPENROUTER_BASE_URL: sandbox.url('openrouter'),
    OPENAI_API_KEY: 'upstream-key',
    OPENAI_BASE_URL: sandbox.url('openai'),
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    ...options.environment,
  };
  const processes: ServiceProcess[] = [];
  const running = () => processes.filter(service => service.isRunning());
  let token: string | undefined;
  let issued = 0;
  let begun = 0;

  async function call(method: string, path: string, body: unknown): Promise<Response> {
    const [service] = running();
    if (!service) throw new Error('no process of the service runs');
    return fetch(`${service.url}/admin/api${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async function callSignedIn(method: string, path: string, body?: unknown): Promise<Response> {
    const response = await call(method, path, body);
    if (response.status !== 401) return response;
    await site.token();
    return call(method, path, body);
  }

  const site: Site = {
    cluster,
    databaseUrl,
    dataDir,
    catalogDir,
    environment,
    running,
    async start(count = 1, more = {}) {
      const started = await Promise.all(
        Array.from({ length: count }, () => {
          begun += 1;
          const log = options.logs && join(options.logs, `service-${begun}.log`);
          return startServiceProcess({ ...environment, ...more }, undefined, log);
        }),
      );
      processes.push(...started);
      return started;
    },
    run: (entry, more = {}) => runToEnd(entry, { ...environment, ...more }),
    async stopAll() {
      const ending = running();
      for (const service of ending) service.signal('SIGTERM');
      return Promise.all(ending.map(service => service.ended));
    },
    async token() {
      token = undefined;
      const session = await call('POST', '/session', { email: EMAIL, password });
      token = ((await session.json()) as { token: string }).token;
      return token;
    },
    async admin(method, path, body) {
      const response = await callSignedIn(method, path, body);
      const answer = await response.text();
      if (!response.ok) {
        const said =
          response.status === 500 ? `\n${running().map(service => service.output())}` : '';
        throw new Error(`${method} ${path}: ${response.status} ${answer}${said}`);
      }
      return JSON.parse(answer);
    },
    async runJob(name) {
      const run = `/jobs/${name}/run`;
      await until(async () => {
        const { status } = await callSignedIn('POST', run);
        if (![200, 409].includes(status)) throw new Error(`POST ${run}: ${status}`);
        return status === 200;
      }, LONGEST_JOB_LEASE_MS);
    },
    async issue(plan, limits) {
      issued += 1;
      const email = `account-${issued}@example.com`;
      const { license, key } = await site.admin('POST', '/licenses', { plan, email });
      if (limits) await site.admin('PATCH', `/licenses/${license.id}`, { limits });
      return { id: license.id, key };
    },
    async query<Row>(sql: string) {
      const url = environment.DATABASE_URL;
      if (url) return withSession(readDatabaseUrl(url), session => session.query<Row>(sql));
      if (running().length > 0) throw new Error('the embedded database is for one process');
      const pglite = await PGlite.create({ dataDir: join(dataDir, 'postgres') });
      try {
        return (await pglite.query(sql)).rows as Row[];
      } finally {
        await pglite.close();
      }
    },
    holds: () =>
      site.query<HoldRow>(`SELECT id::text, license_id::text AS "licenseId", period,
        grant_id::text AS "grantId", state, reason FROM hold ORDER BY id`),
    async served() {
      const lines = (await readFile(logFile, 'utf8')).split('\n').filter(line => line !== '');
      const requests = lines.map(line => JSON.parse(line) as ServedRequest);
      // A later line about the same request says how it ended.
      return [...new Map(requests.map(request => [request.number, request])).values()];
    },
    async close() {
      for (const service of running()) service.signal('SIGKILL');
      await Promise.all(processes.map(service => service.ended));
      await sandbox.close();
      if (!options.cluster) await cluster?.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
  return site;
}

/** The units that are held for these licenses, by requests under way or killed ones. */
export async function heldUnits(site: Site, licenses: Array<{ id: string }>): Promise<number> {
  let held = 0;
  for (const { id } of licenses) {
    const { usage_breakdown } = await site.admin('GET', `/licenses/${id}`);
    held += usage_breakdown.openrouter.held + usage_breakdown.openai.held;
  }
  return held;
}
