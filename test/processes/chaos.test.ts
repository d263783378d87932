// The short form of `npm run chaos` (docs/reliability.md). SEED repeats a run, CHAOS_SECONDS=100 makes a long one.

import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runPlanted } from '../../chaos/planting.js';
import { isBroken, report } from '../../chaos/report.js';
import { run } from '../../chaos/run.js';
import { type PostgresCluster, startPostgresCluster } from '../harness/postgresCluster.js';

const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 12);
const TIMEOUT_MS = 300_000 + SECONDS * 2_000;

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster({ durable: true });
}, TIMEOUT_MS);
afterAll(() => cluster?.stop(), TIMEOUT_MS);

test(
  `replicas, database and network fail for ${SECONDS} s, and every promise holds (seed ${SEED})`,
  async () => {
    const result = await run({ seed: SEED, lasts: { ms: SECONDS * 1_000 }, cluster });
    console.log(`seed ${SEED}: ${report(result)}`);
    expect(result.findings.filter(isBroken)).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  `a limit that is not enforced is found (seed ${SEED})`,
  async () => {
    const { isFound, run: result } = await runPlanted('no-limit', SEED, cluster);
    if (!isFound) console.log(report(result));
    expect(isFound).toBe(true);
  },
  TIMEOUT_MS,
);
