// Measures what limits cost: `npm run bench:limits`. It compares chats of a license without limits, with a rate limit,
// and with a rate limit and a concurrency, in turns on one process, one PostgreSQL and one Redis; then without Redis.
// The time of the processor is the service's and Redis'.
// Last, it measures how much a license that is refused all the time slows another one.
// BENCH_SECONDS (20): how long each is measured.

import { join } from 'node:path';
import { startRedis } from '../test/harness/redis.js';
import { onGround } from './ground.js';
import { runLoad } from './load.js';
import { pinClients, pinServer } from './pinning.js';
import { processorMs } from './processes.js';
import { median } from './report.js';
import { type BenchedSahm, issueLicense, startSahm } from './sahm.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const MEASURED_MS = Number(process.env.BENCH_SECONDS ?? 20) * 1000;
const WARM_UP_MS = 8_000;
const MOST = { rate_limit: 1_000_000 };
const LIMITS = {
  'no limit': {},
  'rate limit': MOST,
  'rate limit and concurrency': { ...MOST, concurrency: 1_000 },
};

const scenario = SCENARIOS.find(({ name }) => name === 'chat_v3') as Scenario;
const { connections, turnMs } = scenario;

interface Turn {
  perSecond: number;
  microseconds: number;
}

/** A service, and the processes whose time its requests take. */
interface Measured extends BenchedSahm {
  pids: number[];
}

async function turn({ port, pids }: Measured, key: string, forMs: number): Promise<Turn> {
  const before = await processorMsOf(pids);
  const result = await runLoad({ port, bytes: scenario.request(key), connections, forMs });
  const spentMs = (await processorMsOf(pids)) - before;
  if (result.failures > 0) throw new Error(`${result.failures} requests were refused`);
  return {
    perSecond: result.requests / result.seconds,
    microseconds: (spentMs * 1000) / result.requests,
  };
}

async function processorMsOf(pids: number[]): Promise<number> {
  const each = await Promise.all(pids.map(processorMs));
  return each.reduce((sum, ms) => sum + ms, 0);
}

/** Medians of rounds. In each round every key has a turn; the order is reversed each time. */
async function compare(title: string, service: Measured, keys: Map<string, string>) {
  const names = [...keys.keys()];
  for (const name of names) await turn(service, keys.get(name) as string, WARM_UP_MS);
  const rounds: Array<Record<string, Turn>> = [];
  for (let measuredMs = 0; measuredMs < MEASURED_MS; measuredMs += turnMs) {
    const round: Record<string, Turn> = {};
    const order = rounds.length % 2 === 0 ? names : names.toReversed();
    for (const name of order) round[name] = await turn(service, keys.get(name) as string, turnMs);
    rounds.push(round);
  }
  for (const name of names) {
    const of = (what: keyof Turn) => median(rounds.map(round => round[name]?.[what] ?? 0));
    const ratio = (what: keyof Turn) =>
      median(rounds.map(round => (round[name]?.[what] ?? 0) / (round['no limit']?.[what] ?? 1)));
    console.log(
      `${title}, ${name}: ${of('perSecond').toFixed(0)} requests/s, ${of('microseconds').toFixed(1)} µs; of no limit ${ratio('perSecond').toFixed(3)} and ${ratio('microseconds').toFixed(3)}`,
    );
  }
}

/** Measures a license while another one, which is far over its limit, sends as many requests. */
async function flood(title: string, service: BenchedSahm, key: string, flooding: string) {
  const { port, pid } = service;
  const of = (each: string) => ({ port, bytes: scenario.request(each), forMs: turnMs * 5 });
  const alone = await runLoad({ ...of(key), connections: 16 });
  const [beside, refused] = await Promise.all([
    runLoad({ ...of(key), connections: 16 }),
    runLoad({ ...of(flooding), connections: 16 }),
  ]);
  const before = await processorMs(pid);
  const only = await runLoad({ ...of(flooding), connections: 64 });
  const microseconds = (((await processorMs(pid)) - before) * 1000) / only.requests;
  const perSecond = ({ requests, seconds }: typeof alone) => (requests / seconds).toFixed(0);
  console.log(
    `${title}: ${perSecond(alone)} requests/s alone, ${perSecond(beside)} beside ${perSecond(refused)} refused; refused alone ${perSecond(only)}, ${microseconds.toFixed(1)} µs each`,
  );
}

pinClients();
await onGround(async ({ directory, databaseUrl, upstreamUrl, keep }) => {
  const redis = keep(await startRedis());
  const place = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(directory, 'secrets'),
    OPENROUTER_BASE_URL: upstreamUrl,
  };
  for (const title of ['Redis', 'by itself']) {
    const isShared = title === 'Redis';
    const sahm = keep(await startSahm({ ...place, ...(isShared && { REDIS_URL: redis.url }) }));
    const service = { ...sahm, pids: isShared ? [sahm.pid, redis.pid] : [sahm.pid] };
    pinServer(service.pid);
    const url = `http://127.0.0.1:${service.port}`;
    const keys = new Map<string, string>();
    for (const [name, limits] of Object.entries(LIMITS)) {
      keys.set(name, await issueLicense(url, limits));
    }
    await compare(title, service, keys);
    const few = await issueLicense(url, { rate_limit: 1 });
    await flood(`${title}, a rate limit is exceeded`, service, keys.get('no limit') as string, few);
    const one = await issueLicense(url, { concurrency: 1 });
    await flood(`${title}, too many at once`, service, keys.get('no limit') as string, one);
    await service.stop();
  }
});
