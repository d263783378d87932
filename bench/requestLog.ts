// Measures what the request log costs, and what counting by key: the service without the log, with it, with it and a
// named key, and with a limit of that key, in turns, on one PostgreSQL: `npm run bench:log`. BENCH_SECONDS (20): how long each is measured.

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

const scenario = SCENARIOS.find(({ name }) => name === 'chat_v3') as Scenario;

interface Measured {
  title: string;
  /** Its service counts all answers, whichever key they were for. */
  counted: { service: BenchedSahm; answers: number };
  key: string;
}

interface Turn {
  perSecond: number;
  /** Processor time a request: of the service, and of PostgreSQL. */
  microseconds: number;
  databaseMicroseconds: number;
}

pinClients();
await onGround(async ({ directory, databaseUrl, upstreamUrl, databaseMs, keep }) => {
  const start = async (level: string) => {
    const service = keep(
      await startSahm({
        DATABASE_URL: databaseUrl,
        DATA_DIR: join(directory, 'secrets'),
        OPENROUTER_BASE_URL: upstreamUrl,
        LOG_LEVEL: level,
      }),
    );
    pinServer(service.pid);
    return { service, answers: 0 };
  };
  const [without, withLog, withLimit] = [
    await start('warn'),
    await start('info'),
    await start('info'),
  ];
  const measured: Measured[] = [
    { title: 'without the log', counted: without, key: without.service.key },
    { title: 'with the log', counted: withLog, key: withLog.service.key },
    { title: 'and a named key', counted: withLog, key: await nameKey(withLog.service) },
    // Of another license: where one key has a limit, all are counted as if they had.
    {
      title: 'and a limit of its own',
      counted: withLimit,
      key: await nameKey(withLimit.service, { openrouter: 1_000_000_000 }),
    },
  ];
  for (const each of measured) await turn(each, WARM_UP_MS, databaseMs);
  const rounds: Turn[][] = [];
  for (let measuredMs = 0; measuredMs < MEASURED_MS; measuredMs += scenario.turnMs) {
    const round: Turn[] = [];
    // In the other order each time, so that none always follows the same one.
    const order = rounds.length % 2 === 0 ? measured : measured.toReversed();
    for (const each of order) {
      round[measured.indexOf(each)] = await turn(each, scenario.turnMs, databaseMs);
    }
    rounds.push(round);
  }
  for (const [index, { title }] of measured.entries()) {
    const of = (what: keyof Turn) => median(rounds.map(round => round[index]?.[what] ?? NaN));
    const figures = `${Math.round(of('perSecond'))} requests/s, ${of('microseconds').toFixed(1)} µs of processor a request, ${of('databaseMicroseconds').toFixed(1)} of PostgreSQL`;
    console.log(`${title}: ${figures}`);
    if (index === 0) continue;
    const ratio = (what: keyof Turn) =>
      median(rounds.map(round => (round[index]?.[what] ?? 0) / (round[index - 1]?.[what] ?? NaN)));
    console.log(
      `  of the line before, medians of ${rounds.length} rounds: ${ratio('perSecond').toFixed(3)} of the throughput, ${ratio('microseconds').toFixed(3)} of the processor time, ${ratio('databaseMicroseconds').toFixed(3)} of PostgreSQL's`,
    );
  }
});

async function turn(
  { counted, key }: Measured,
  forMs: number,
  databaseMs: () => Promise<number>,
): Promise<Turn> {
  const { port, pid, checkCount } = counted.service;
  const bytes = scenario.request(key);
  const [before, databaseBefore] = await Promise.all([processorMs(pid), databaseMs()]);
  const result = await runLoad({ port, bytes, connections: scenario.connections, forMs });
  const [after, databaseAfter] = await Promise.all([processorMs(pid), databaseMs()]);
  counted.answers += result.requests;
  await checkCount(counted.answers);
  return {
    perSecond: result.requests / result.seconds,
    microseconds: ((after - before) * 1000) / result.requests,
    databaseMicroseconds: ((databaseAfter - databaseBefore) * 1000) / result.requests,
  };
}

/** A named key of the service's license; its limits are never reached. */
async function nameKey({ port, key }: BenchedSahm, limits = {}): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/license/keys`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({ name: 'bench', limits }),
  });
  if (!response.ok) throw new Error(await response.text());
  return ((await response.json()) as { secret: string }).secret;
}
