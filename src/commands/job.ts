// `npm run job -- NAME`: runs a job once and prints its result as JSON.

import { setTimeout as sleep } from 'node:timers/promises';
import { runJob, SCHEDULE } from '../../jobs/schedule.js';
import type { Deps } from '../deps/index.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { runCommand } from './run.js';

/** Longer than any lease: by then the lease of a killed process is over. */
const PATIENCE_MS = 70_000;
const NAMES = SCHEDULE.map(({ job }) => job.name);

async function runNamed(name: string, { jobs, leases }: Deps): Promise<ExitCode> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  let run = await runJob(name, jobs, leases);
  while (run.outcome === 'taken' && performance.now() < giveUpAt) {
    await sleep(500);
    run = await runJob(name, jobs, leases);
  }
  if (run.outcome === 'done') {
    console.log(JSON.stringify(run.result));
    return EXIT.done;
  }
  console.error(`${name}: ${run.outcome === 'failed' ? run.error : 'another process runs it'}`);
  return EXIT.notWell;
}

const name = process.argv[2];
if (name === undefined || !NAMES.includes(name)) {
  console.error(`usage: npm run job -- NAME, where NAME is one of: ${NAMES.join(', ')}`);
  process.exitCode = EXIT.couldNotRun;
} else {
  process.exitCode = await runCommand(
    deps => runNamed(name, deps),
    `Ask the running server instead: POST /admin/api/jobs/${name}/run`,
  );
}
