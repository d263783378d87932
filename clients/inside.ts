// Runs the installed clients one after another: a task whole and streamed, and once where the quota is used up.

import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { openSite } from '../test/harness/site.js';
import { CLIENTS, type TriedClient } from './list.js';
import { type Ended, runProgram } from './program.js';
import { readLog, reportOn, type Try } from './report.js';

const PLENTY = 1_000;

const [folder = '', ...names] = process.argv.slice(2);
const logs = await mkdtemp(join(folder, 'logs-'));
const site = await openSite({
  database: 'embedded',
  faults: ['turns-3', 'tools'],
  logs,
  environment: { LOG_LEVEL: 'info' },
});
const tries: Try[] = [];
try {
  const [service] = await site.start();
  const url = service?.url ?? '';
  for (const client of names) {
    const { ways } = CLIENTS[client] as TriedClient;
    for (const way of [...ways, 'used up' as const]) {
      const { id, key } = await site.issue('pro', { openrouter: way === 'used up' ? 0 : PLENTY });
      const ended = await letAsk(client, way === 'used up' ? 'whole' : way, url, key);
      tries.push({ client, way, license: id, ended });
    }
  }
  // Its log is whole when it has ended.
  await site.stopAll();
} finally {
  await site.close();
}
const log = await readLog(join(logs, 'service-1.log'));
for (const tried of tries) {
  const { line, isWell } = reportOn(tried, log);
  console.log(line);
  if (!isWell) process.exitCode = 1;
}

async function letAsk(name: string, way: string, url: string, key: string): Promise<Ended> {
  const { command, model } = CLIENTS[name] as TriedClient;
  const home = await mkdtemp(join(folder, 'home-'));
  const environment = { HOME: home, SAHM_URL: url, SAHM_KEY: key, SAHM_MODEL: model };
  const installed = join(folder, name);
  if (!command) {
    return runProgram([process.execPath, `${name}.mjs`, way], installed, environment);
  }
  const connect = ['scripts/sahm.mjs', 'connect', name, '--yes', '--model', model];
  await runProgram([process.execPath, ...connect], '.', environment);
  const work = join(home, 'work');
  await mkdir(work);
  const isInstalled = (word: string) => word.startsWith('node_modules/');
  const words = command.map(word => (isInstalled(word) ? join(installed, word) : word));
  return runProgram(words, work, environment);
}
