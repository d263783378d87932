// `npm run bench`: measures Sahm, the limit of Node and a bare Express proxy, in turns within one run. The
// benchmark fails unless the count is exact after each turn and the ledger is right at the end.
//
// BENCH_SECONDS (15): how long each server is measured in each scenario. BENCH_ONLY: the name of a single
// scenario.

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../src/store/database/embedded.js';
import { openPostgres } from '../src/store/database/postgres.js';
import { addPlans, copyCatalog } from '../test/harness/faultCatalog.js';
import { assertClean } from './clean.js';
import { onGround } from './ground.js';
import { type LoadResult, percentile, runLoad } from './load.js';
import { pinClients, pinServer } from './pinning.js';
import { memoryOf, processorMs, startBenchServer } from './processes.js';
import { type Figures, medianFigures, plot, printTable, type ScenarioReport } from './report.js';
import { startSahm } from './sahm.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const MEASURED_MS = Number(process.env.BENCH_SECONDS ?? 15) * 1000;
const ONLY = process.env.BENCH_ONLY;
/** V8 needs many seconds under load before it has optimized the important code. Later scenarios need less time. */
const FIRST_WARM_UP_MS = 20_000;
const WARM_UP_MS = 8_000;
const RESULTS = 'bench/results';

interface Contender {
  name: string;
  pid: number;
  port: number;
  key: string;
  checkCount(answers: number): Promise<void>;
  answers: number;
  /** By a license whose plan sells money. */
  isMoney: boolean;
}

const LIMIT = 'limit';

/** Measures one turn. Its figures are compared with the limit's later. */
async function turn(contender: Contender, scenario: Scenario, forMs: number) {
  const before = await processorMs(contender.pid);
  const { port, key } = contender;
  const { connections, spreadMs } = scenario;
  const bytes = scenario.request(key);
  const result = await runLoad({ port, bytes, connections, spreadMs, forMs });
  const spentMs = (await processorMs(contender.pid)) - before;
  if (result.failures > 0) {
    throw new Error(`${contender.name} refused ${result.failures} of ${result.requests} requests`);
  }
  contender.answers += result.requests;
  await contender.checkCount(contender.answers);
  return { result, spentMs, residentMib: (await memoryOf(contender.pid)).nowMib };
}

function figuresOf(
  { result, spentMs, residentMib }: Awaited<ReturnType<typeof turn>>,
  limit: LoadResult,
  { isStream }: Scenario,
): Figures {
  const latencies = (of: LoadResult) => (isStream ? of.firstMs : of.wholeMs);
  const added = (at: number) =>
    percentile(latencies(result), at) - percentile(latencies(limit), at);
  const perSecond = (of: LoadResult) => of.requests / of.seconds;
  return {
    requestsPerSecond: perSecond(result),
    ofLimit: perSecond(result) / perSecond(limit),
    wholeP50Ms: percentile(result.wholeMs, 0.5),
    wholeP99Ms: percentile(result.wholeMs, 0.99),
    firstP50Ms: percentile(result.firstMs, 0.5),
    firstP99Ms: percentile(result.firstMs, 0.99),
    addedP50Ms: added(0.5),
    addedP99Ms: added(0.99),
    microsecondsPerRequest: (spentMs * 1000) / result.requests,
    residentMib,
  };
}

async function measure(
  scenario: Scenario,
  contenders: Contender[],
  warmUpMs: number,
): Promise<ScenarioReport> {
  for (const contender of contenders) await turn(contender, scenario, warmUpMs);
  const rounds = new Map(contenders.map(({ name }) => [name, [] as Figures[]]));
  for (let measuredMs = 0; measuredMs < MEASURED_MS; measuredMs += scenario.turnMs) {
    const turns = new Map<string, Awaited<ReturnType<typeof turn>>>();
    for (const contender of contenders) {
      turns.set(contender.name, await turn(contender, scenario, scenario.turnMs));
    }
    const limit = turns.get(LIMIT)?.result as LoadResult;
    for (const [name, taken] of turns) rounds.get(name)?.push(figuresOf(taken, limit, scenario));
  }
  const medians = [...rounds].map(([name, figures]) => [name, medianFigures(figures)]);
  const report = {
    name: scenario.name,
    title: scenario.title,
    servers: Object.fromEntries(medians),
  };
  printTable(report);
  return report;
}

const isPinned = pinClients();
await onGround(async ({ directory, databaseUrl, upstreamUrl, keep, stopServers }) => {
  const embedded = join(directory, 'embedded');
  const contenders: Contender[] = [];
  const enter = (
    name: string,
    server: Omit<Contender, 'name' | 'answers' | 'isMoney'>,
    isMoney = false,
  ) => {
    pinServer(server.pid);
    contenders.push({ ...server, name, answers: 0, isMoney });
  };
  const enterBare = async (name: string) => {
    const server = keep(await startBenchServer(name, { UPSTREAM_URL: upstreamUrl }));
    enter(name, { ...server, key: 'unused', checkCount: async () => {} });
  };
  await enterBare(LIMIT);
  const places = {
    'Sahm on PostgreSQL': { DATABASE_URL: databaseUrl, DATA_DIR: join(directory, 'secrets') },
    'Sahm embedded': { DATA_DIR: embedded },
  };
  const catalogDir = join(directory, 'catalog');
  await copyCatalog(catalogDir, []);
  const allowances = { all: 0 };
  await addPlans(catalogDir, {
    code: 'wallet',
    rank: 4,
    name: 'wallet',
    meter: 'money',
    allowances,
  });
  const environment = { OPENROUTER_BASE_URL: upstreamUrl, CATALOG_DIR: catalogDir };
  for (const [name, place] of Object.entries(places)) {
    const sahm = keep(await startSahm({ ...place, ...environment }));
    enter(name, sahm);
    enter(`${name}, money`, { ...sahm, ...(await sahm.issueWallet()) }, true);
  }
  await enterBare('express');

  const reports: ScenarioReport[] = [];
  for (const scenario of SCENARIOS.filter(({ name }) => !ONLY || ONLY === name)) {
    const warmUpMs = reports.length === 0 ? FIRST_WARM_UP_MS : WARM_UP_MS;
    const taking = contenders.filter(({ isMoney }) => !isMoney || scenario.alsoMoney);
    reports.push(await measure(scenario, taking, warmUpMs));
  }
  await stopServers();
  console.log();
  await assertClean('PostgreSQL', await openPostgres(databaseUrl));
  await assertClean('embedded', await openEmbedded(embedded));

  if (!ONLY) {
    await mkdir(RESULTS, { recursive: true });
    const machine = { processor: cpus()[0]?.model, processors: cpus().length, isPinned };
    const run = {
      at: new Date().toISOString(),
      node: process.version,
      ...machine,
      MEASURED_MS,
    };
    await writeFile(`${RESULTS}/http.json`, `${JSON.stringify({ run, reports }, null, 2)}\n`);
    await writeFile(`${RESULTS}/http.svg`, plot(reports));
    console.log(`written: ${RESULTS}/http.json and http.svg`);
  }
});
