// Measures what the request log costs: the service with it and without it, in turns, on one PostgreSQL:
// `npm run bench:log`. BENCH_SECONDS (20): how long each is measured.

import { join } from 'node:path';
import { onGround } from './ground.js';
import { runLoad } from './load.js';
import { pinClients, pinServer } from './pinning.js';
import { processorMs } from './processes.js';
import { median } from './report.js';
import { type BenchedSahm, startSahm } from './sahm.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const MEASURED_MS = Number(process.env.BENCH_SECONDS ?? 20) * 1000;
const WARM_UP_MS = 10_000;
const LEVELS = ['warn', 'info'];

const scenario = SCENARIOS.find(({ name }) => name === 'chat_v3') as Scenario;

pinClients();
await onGround(async ({ directory, databaseUrl, upstreamUrl, keep }) => {
  const place = {
    DATABASE_URL: databaseUrl,
    DATA_DIR: join(directory, 'secrets'),
    OPENROUTER_BASE_URL: upstreamUrl,
  };
  const services: Array<{ service: BenchedSahm; answers: number }> = [];
  for (const level of LEVELS) {
    const service = keep(await startSahm({ ...place, LOG_LEVEL: level }));
    pinServer(service.pid);
    services.push({ service, answers: 0 });
  }
  const turn = async (one: (typeof services)[number], forMs: number) => {
    const { port, pid, key, checkCount } = one.service;
    const bytes = scenario.request(key);
    const before = await processorMs(pid);
    const result = await runLoad({ port, bytes, connections: scenario.connections, forMs });
    const spentMs = (await processorMs(pid)) - before;
    one.answers += result.requests;
    await checkCount(one.answers);
    return {
      perSecond: result.requests / result.seconds,
      microseconds: (spentMs * 1000) / result.requests,
    };
  };
  for (const one of services) await turn(one, WARM_UP_MS);
  const rounds: Array<Array<Awaited<ReturnType<typeof turn>>>> = [];
  for (let measuredMs = 0; measuredMs < MEASURED_MS; measuredMs += scenario.turnMs) {
    const round = [];
    // The order is reversed each time, so that neither always follows the other.
    const order = rounds.length % 2 === 0 ? services : services.toReversed();
    for (const one of order) round[services.indexOf(one)] = await turn(one, scenario.turnMs);
    rounds.push(round);
  }
  const of = (index: number, what: 'perSecond' | 'microseconds') =>
    median(rounds.map(round => round[index]?.[what] ?? Number.NaN));
  LEVELS.forEach((level, index) => {
    const figures = `${Math.round(of(index, 'perSecond'))} requests/s, ${of(index, 'microseconds').toFixed(1)} µs of processor a request`;
    console.log(`LOG_LEVEL=${level}: ${figures}`);
  });
  const ratio = (what: 'perSecond' | 'microseconds') =>
    median(rounds.map(round => (round[1]?.[what] ?? 0) / (round[0]?.[what] ?? Number.NaN)));
  console.log(
    `with the log, medians of ${rounds.length} rounds: ${ratio('perSecond').toFixed(3)} of the throughput, ${ratio('microseconds').toFixed(3)} of the processor time`,
  );
});
