// What a run needs: PostgreSQL, an upstream that is separate from the service and never killed, a network between them
// that can be disturbed, and replicas of the built service.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, startFaultProxy } from '../test/harness/faultProxy.js';
import { until } from '../test/harness/load.js';
import type { PostgresCluster } from '../test/harness/postgresCluster.js';
import { freePorts } from '../test/harness/program.js';
import { type ServiceProcess, statusOf } from '../test/harness/serviceProcess.js';
import { type AdminAnswer, openSite, type Site } from '../test/harness/site.js';
import { UPSTREAM_FAULTS } from './kinds.js';

export const LEASE_MS = 3_000;
/** The promise is that this long after the lease no hold is pending. */
export const SWEPT_WITHIN_MS = 30_000;
const UPSTREAM_TIMEOUT_MS = 1_500;
/** How long a replica may take to start once the database stays available. */
const STARTS_WITHIN_MS = 120_000;
const ANSWERS_WITHIN_MS = 15_000;

/** The monthly budget of the plan `wallet`, and that of the plan `purse`. */
export const WALLET = 50_000_000;
export const PURSE = 400;
export const MARKUP_PERCENT = 20;

export interface Ground {
  site: Site;
  cluster: PostgresCluster;
  /** The proxies between the service and the database, and between the service and its upstreams. */
  toDatabase: FaultProxy;
  toUpstream: FaultProxy;
  /** The replicas by place; undefined while one does not run. */
  replicas: Array<ServiceProcess | undefined>;
  /** Starts the replica of a place. Until the signal the database may be away, so it tries again. */
  startReplica(place: number, isOver: AbortSignal): Promise<void>;
  /** Calls the administration through a replica; null where the outcome is not known. */
  administer(url: string, method: string, path: string, body?: object): Promise<Administered>;
  purchaseSecret: string;
  /** Texts that must not be in any log. */
  secrets: Map<string, string>;
  /** The folder of the replicas' logs. */
  logs: string;
  /** `keepsLogs`: whether the logs stay after the end. */
  close(keepsLogs: boolean): Promise<void>;
}

export interface Administered {
  status: number;
  body: AdminAnswer;
}

export async function openGround(places: number, cluster?: PostgresCluster): Promise<Ground> {
  const logs = await mkdtemp(join(tmpdir(), 'sahm-chaos-'));
  const purchaseSecret = randomBytes(24).toString('base64url');
  const upstreamKey = `sk-upstream-${randomBytes(18).toString('base64url')}`;
  const site = await openSite({
    database: 'postgres',
    faults: UPSTREAM_FAULTS,
    logs,
    ...(cluster && { cluster }),
    environment: {
      LOG_LEVEL: 'info',
      UPSTREAM_TIMEOUT_MS: String(UPSTREAM_TIMEOUT_MS),
      HOLD_LEASE_MS: String(LEASE_MS),
      PURCHASE_WEBHOOK_SECRET: purchaseSecret,
      PUBLIC_URL: 'http://sahm.example',
      OPENROUTER_API_KEY: upstreamKey,
      OPENAI_API_KEY: upstreamKey,
    },
  });
  const server = site.cluster as PostgresCluster;
  await sellMoney(site.catalogDir);
  const { environment } = site;
  const toDatabase = await startFaultProxy(server.port);
  const upstreamPort = Number(new URL(environment.OPENAI_BASE_URL as string).port);
  const toUpstream = await startFaultProxy(upstreamPort);
  for (const [name, { port }] of [
    ['DATABASE_URL', toDatabase],
    ['OPENAI_BASE_URL', toUpstream],
    ['OPENROUTER_BASE_URL', toUpstream],
  ] as const) {
    const url = new URL(environment[name] as string);
    url.port = String(port);
    environment[name] = url.href;
  }
  const secrets = new Map(
    ['JWT_SECRET', 'KEY_PEPPER', 'KEY_ENCRYPTION_KEY', 'ADMIN_PASSWORD', 'OPENAI_API_KEY'].map(
      name => [name, environment[name] as string],
    ),
  );
  secrets.set('PURCHASE_WEBHOOK_SECRET', purchaseSecret);

  // The first one migrates the database; the others would wait for it.
  const ports = await freePorts(places);
  const start = async (place: number) => {
    const [replica] = await site.start(1, { PORT: String(ports[place]) });
    replicas[place] = replica;
  };
  const replicas: Ground['replicas'] = Array.from({ length: places });
  await start(0);
  await Promise.all(ports.slice(1).map((_, index) => start(index + 1)));
  async function startReplica(place: number, isOver: AbortSignal): Promise<void> {
    let giveUpAt: number | undefined;
    for (;;) {
      if (isOver.aborted) giveUpAt ??= performance.now() + STARTS_WITHIN_MS;
      try {
        return await start(place);
      } catch (error) {
        if (giveUpAt !== undefined && performance.now() > giveUpAt) throw error;
        await sleep(200);
      }
    }
  }
  await site.token();
  const { token } = await site.admin('POST', '/tokens', { name: 'chaos' });
  secrets.set('the API token', token);

  return {
    site,
    cluster: server,
    toDatabase,
    toUpstream,
    replicas,
    startReplica,
    async administer(url, method, path, body) {
      try {
        const response = await fetch(`${url}/admin/api${path}`, {
          method,
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
          signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status, body: text === '' ? null : JSON.parse(text) };
      } catch {
        return { status: 0, body: null };
      }
    },
    purchaseSecret,
    secrets,
    logs,
    async close(keepsLogs) {
      await site.close();
      await toDatabase.close();
      await toUpstream.close();
      if (!keepsLogs) await rm(logs, { recursive: true, force: true });
    },
  };
}

/** Waits until every replica that should run accepts calls. */
export async function untilReady({ replicas }: Ground): Promise<void> {
  for (const replica of replicas) {
    if (replica) await until(async () => (await statusOf(`${replica.url}/readyz`)) === 200, 60_000);
  }
}

/** Adds two plans that sell money: a rich one with a markup, and one that runs out. */
async function sellMoney(catalogDir: string): Promise<void> {
  const file = join(catalogDir, 'plans.json');
  const { plans } = JSON.parse(await readFile(file, 'utf8'));
  const money = (code: string, rank: number, all: number, markup_percent: number) => {
    return { code, rank, name: code, meter: 'money', allowances: { all }, markup_percent };
  };
  plans.push(money('wallet', 4, WALLET, MARKUP_PERCENT), money('purse', 5, PURSE, MARKUP_PERCENT));
  await writeFile(file, JSON.stringify({ plans }));
}
