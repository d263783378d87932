// `npm run job -- NAME`: runs a job once, prints what it did as JSON.

import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../src/config.js';
import { buildDeps } from '../src/deps.js';
import { tellFault } from '../src/operatorFault.js';
import { runJob, SCHEDULE } from './schedule.js';

/** Longer than any lease: what a killed process left behind is over by then. */
const PATIENCE_MS = 70_000;

async function main(name: string | undefined): Promise<number> {
  const names = SCHEDULE.map(({ job }) => job.name);
  if (name === undefined || !names.includes(name)) {
    console.error(`usage: npm run job -- NAME, where NAME is one of: ${names.join(', ')}`);
    return 2;
  }
  const deps = await buildDeps(loadConfig());
  try {
    const giveUpAt = performance.now() + PATIENCE_MS;
    let run = await runJob(name, deps.jobs, deps.leases);
    while (run.outcome === 'taken' && performance.now() < giveUpAt) {
      await sleep(500);
      run = await runJob(name, deps.jobs, deps.leases);
    }
    if (run.outcome === 'done') console.log(JSON.stringify(run.result));
    else
      console.error(`${name}: ${run.outcome === 'failed' ? run.error : 'another process runs it'}`);
    return run.outcome === 'done' ? 0 : 1;
  } finally {
    await deps.close();
  }
}

const name = process.argv[2];
try {
  process.exitCode = await main(name);
} catch (error) {
  const isLocked = error instanceof Error && error.name === 'DirectoryLockedError';
  const advice = `Ask the running server instead: POST /admin/api/jobs/${name}/run`;
  tellFault(error);
  if (isLocked) console.error(advice);
  process.exitCode = isLocked ? 2 : 1;
}
