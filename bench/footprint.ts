// Measures how long a start takes, and how much memory the service uses after 10,000 requests, on both
// databases: `npm run bench:footprint`. The limits: 3 s for the second start; 200 MiB on PostgreSQL and 450
// MiB embedded, also after the start that created the files.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openClients, type Seen, summary } from '../test/harness/load.js';
import { startPostgresCluster } from '../test/harness/postgresCluster.js';
import { memoryOf } from './processes.js';
import { FIRST_ADMINISTRATOR, issueLicense } from './sahm.js';

const REQUESTS = Number(process.env.REQUESTS ?? 10_000);
const CLIENTS = 32;

/** Runs what `npm start` runs, without the build, which is done before. */
async function begin(environment: Record<string, string>) {
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'));
  const words = scripts.start.split(' ');
  const startArguments = words.slice(words.indexOf('node') + 1);
  const begun = performance.now();
  const child = spawn(process.execPath, startArguments, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', PORT: '0', ...environment },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    output += text;
  });
  const ended = new Promise(resolve => child.once('close', resolve));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the service ended:\n${output}`);
    const port = /listens on http:\/\/localhost:(\d+)/.exec(output)?.[1];
    const url = `http://127.0.0.1:${port}`;
    const isReady = port && (await fetch(`${url}/readyz`).catch(() => undefined))?.ok;
    if (isReady) {
      const readyAfterMs = Math.round(performance.now() - begun);
      const end = () => {
        child.kill('SIGTERM');
        return ended;
      };
      return { url, pid: child.pid as number, readyAfterMs, end };
    }
    await sleep(10);
  }
}

async function ask(url: string): Promise<Seen[]> {
  const key = await issueLicense(url);
  const clients = openClients();
  const history: Seen[] = [];
  const client = async () => {
    while (history.length < REQUESTS) history.push(await clients.ask({ url, key }));
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await clients.close();
  return history;
}

async function measure(name: string, environment: Record<string, string>): Promise<void> {
  for (const which of ['first', 'second']) {
    const service = await begin({ ...FIRST_ADMINISTRATOR, ...environment });
    const idle = await memoryOf(service.pid);
    const begun = performance.now();
    const history = await ask(service.url);
    const seconds = (performance.now() - begun) / 1000;
    const loaded = await memoryOf(service.pid);
    await service.end();
    const figures = [
      `ready after ${(service.readyAfterMs / 1000).toFixed(2)} s`,
      `${idle.nowMib} MiB when ready`,
      `${loaded.nowMib} MiB after ${history.length} requests (highest ${loaded.highestMib})`,
      `${Math.round(history.length / seconds)} requests/s`,
      `answers: ${summary(history)}`,
    ];
    console.log(`${name}, ${which} start: ${figures.join('; ')}`);
  }
}

const directory = await mkdtemp(join(tmpdir(), 'sahm-footprint-'));
try {
  const cluster = await startPostgresCluster({ durable: true });
  try {
    const databaseUrl = await cluster.createDatabase('footprint');
    await measure('PostgreSQL', { DATABASE_URL: databaseUrl, DATA_DIR: join(directory, 'none') });
  } finally {
    await cluster.stop();
  }
  await measure('embedded', { DATA_DIR: join(directory, 'embedded') });
} finally {
  await rm(directory, { recursive: true, force: true });
}
