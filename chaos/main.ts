// `npm run chaos`: checks the promises about counts, purchases and secrets while everything around the service breaks
// (docs/reliability.md).

import { type PostgresCluster, startPostgresCluster } from '../test/harness/postgresCluster.js';
import { type Options, readOptions } from './options.js';
import { runPlanted } from './planting.js';
import { PLANTS } from './plants.js';
import { isBroken, report } from './report.js';
import { run } from './run.js';

const options = readOptions(process.argv.slice(2));
const { seed, plants, typed } = options;
console.log(`seed ${seed}`);
const isWell = plants.length > 0 ? await plantAll(options) : await checkOnce(options);
if (!isWell) console.log(`again: npm run chaos -- ${[...typed, '--seed', seed].join(' ')}`);
process.exitCode = isWell ? 0 : 1;

async function checkOnce({ lasts, keepsLogs }: Options): Promise<boolean> {
  const result = await run({ seed, lasts, keepsLogs });
  console.log(report(result));
  const broken = result.findings.filter(isBroken);
  if (broken.length > 0) console.log(`${broken.length} promises were broken`);
  if (broken.length > 0 || keepsLogs) console.log(`logs and what clients saw: ${result.logs}`);
  return broken.length === 0;
}

async function plantAll({ plants: names, keepsLogs }: Options): Promise<boolean> {
  const cluster: PostgresCluster = await startPostgresCluster();
  let missed = 0;
  try {
    for (const name of names) {
      const { isFound, by, run: result } = await runPlanted(name, seed, cluster);
      const told = isFound ? `found: ${by}` : `NOT FOUND\n${report(result)}`;
      console.log(`${name} (${PLANTS[name]?.what}): ${told}`);
      if (!isFound) missed += 1;
      if (!isFound || keepsLogs) console.log(`logs and what clients saw: ${result.logs}`);
    }
  } finally {
    await cluster.stop();
  }
  console.log(`${names.length - missed} of ${names.length} planted faults were found`);
  return missed === 0;
}
