// Measures one license over 1 to 4 replicas on one PostgreSQL, and the limit of one process, in turns:
// `npm run bench:replicas`. Nothing is pinned to a processor, because replicas are meant to use several. There are two
// measurements: each replica has as many connections as the limit, or all replicas share that number, so that the
// batches of each are smaller. The count must be exact after each turn.
// BENCH_SECONDS (12): how long each is measured.

import { join } from 'node:path';
import { openPostgres } from '../src/store/database/postgres.js';
import { assertClean } from './clean.js';
import { onGround } from './ground.js';
import { runLoad } from './load.js';
import { startBenchServer } from './processes.js';
import { median } from './report.js';
import { type BenchedSahm, startSahm } from './sahm.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const MEASURED_MS = Number(process.env.BENCH_SECONDS ?? 12) * 1000;
const MOST_REPLICAS = 4;
const WARM_UP_MS = 8_000;

const scenario = SCENARIOS.find(({ name }) => name === 'chat_v3') as Scenario;
const { connections: CONNECTIONS, turnMs: TURN_MS } = scenario;

const WAYS = [
  { title: 'to each', connectionsOf: () => CONNECTIONS },
  { title: 'in all', connectionsOf: (replicas: number) => Math.ceil(CONNECTIONS / replicas) },
];

/** Requests a second over all these ports together, and their number. `connections` go to each port. */
async function load(ports: number[], connections: number, key: string, forMs: number) {
  const bytes = scenario.request(key);
  const results = await Promise.all(
    ports.map(port => runLoad({ port, bytes, connections, forMs })),
  );
  const sum = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  if (sum(result => result.failures) > 0) throw new Error('a request was refused');
  const requests = sum(result => result.requests);
  return { requests, perSecond: requests / Math.max(...results.map(({ seconds }) => seconds)) };
}

await onGround(async ({ directory, databaseUrl, upstreamUrl, keep, stopServers }) => {
  const limit = keep(await startBenchServer('limit', { UPSTREAM_URL: upstreamUrl }));
  const environment = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(directory, 'secrets'),
    OPENROUTER_BASE_URL: upstreamUrl,
  };
  const replicas: BenchedSahm[] = [];
  while (replicas.length < MOST_REPLICAS) replicas.push(keep(await startSahm(environment)));
  const first = replicas[0] as BenchedSahm;
  let answers = 0;
  const turn = async (count: number, connections: number, forMs: number) => {
    const ports = replicas.slice(0, count).map(({ port }) => port);
    const { requests, perSecond } = await load(ports, connections, first.key, forMs);
    answers += requests;
    await first.checkCount(answers);
    return perSecond;
  };
  const turnOfLimit = (forMs: number) => load([limit.port], CONNECTIONS, first.key, forMs);
  await turnOfLimit(WARM_UP_MS);
  await turn(MOST_REPLICAS, CONNECTIONS, WARM_UP_MS * MOST_REPLICAS);
  for (const { title, connectionsOf } of WAYS) {
    const rates = new Map<number, { perSecond: number; ofLimit: number }[]>();
    for (let measuredMs = 0; measuredMs < MEASURED_MS; measuredMs += TURN_MS) {
      const most = (await turnOfLimit(TURN_MS)).perSecond;
      for (let count = 1; count <= MOST_REPLICAS; count++) {
        const perSecond = await turn(count, connectionsOf(count), TURN_MS);
        rates.set(count, [...(rates.get(count) ?? []), { perSecond, ofLimit: perSecond / most }]);
      }
    }
    console.log(`${CONNECTIONS} connections ${title}:`);
    for (const [count, turns] of rates) print(count, turns);
  }
  await stopServers();
  await assertClean(`${answers} answers, all counted`, await openPostgres(databaseUrl));
});

function print(count: number, turns: { perSecond: number; ofLimit: number }[]): void {
  const perSecond = median(turns.map(each => each.perSecond));
  const ofLimit = median(turns.map(each => each.ofLimit));
  console.log(
    `  ${count} replicas: ${perSecond.toFixed(0)} requests/s, ${ofLimit.toFixed(2)} of the limit`,
  );
}
