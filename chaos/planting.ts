// Runs with a planted fault, which the checks must find.

import type { PostgresCluster } from '../test/harness/postgresCluster.js';
import { PLANTS, type Plant } from './plants.js';
import { isBroken } from './report.js';
import { type Run, run } from './run.js';

/** How long the load lasts. What has not happened by chance until then is tried at rest. */
const LASTS_MS = 4_000;

export interface Planted {
  isFound: boolean;
  /** The broken promise that revealed the fault. */
  by: string | undefined;
  run: Run;
}

export async function runPlanted(
  name: string,
  seed: number,
  cluster?: PostgresCluster,
): Promise<Planted> {
  const { plant, breaks, needsKill, needsOthers } = PLANTS[name] as Plant;
  const result = await run({
    seed,
    lasts: needsKill ? { kills: 1 } : { ms: LASTS_MS },
    lanes: needsKill ? ['replicas'] : [],
    replicas: needsKill || needsOthers ? 2 : 1,
    clients: 8,
    sabotage: plant,
    ...(cluster && { cluster }),
  });
  const by = result.findings.filter(isBroken).find(({ promise }) => breaks.test(promise));
  return { isFound: by !== undefined, by: by?.promise, run: result };
}
