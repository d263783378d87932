// Signals reach the service however it was started: by npm, where only npm gets the signal, and as the first
// process of a container.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import {
  launch,
  node,
  type ServiceProcess,
  startServiceProcess,
  statusOf,
} from '../harness/serviceProcess.js';
import { openSite, type Site } from '../harness/site.js';
import { childrenOf, workersInMetrics } from '../harness/workers.js';

const TIMEOUT_MS = 180_000;
const START = node('scripts/start.mjs');
const ALONE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

let site: Site;
let service: Omit<ServiceProcess, 'url'> | undefined;

afterEach(async () => {
  if (service?.isRunning()) service.signal('SIGKILL');
  await service?.ended;
  await site.close();
}, TIMEOUT_MS);

function mayUnshare(): boolean {
  try {
    execFileSync(ALONE[0] as string, [...ALONE.slice(1), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('No process may be the first of its own here: those tests were skipped.');
    return false;
  }
}

const testAsFirst = mayUnshare() ? test : test.skip;

test.each<[NodeJS.Signals, number | string]>([
  ['SIGTERM', 0],
  ['SIGINT', 0],
  // npm does not survive these signals, but the service must still end in order.
  ['SIGHUP', 'SIGHUP'],
  ['SIGKILL', 'SIGKILL'],
])(
  '%s to npm alone: the service ends in order, its port and its folder are free',
  async (signal, expected) => {
    site = await openSite({ database: 'embedded', environment: { LOG_LEVEL: 'info' } });
    const started = await startServiceProcess(site.environment, ['npm', 'start']);
    service = started;
    const lock = join(site.dataDir, 'sahm.lock');
    expect(existsSync(lock)).toBe(true);
    started.signal(signal);
    expect(await started.ended).toBe(expected);
    expect(started.output()).toContain('shutting down');
    expect(await statusOf(`${started.url}/healthz`)).toBe(0);
    expect(existsSync(lock)).toBe(false);
  },
  TIMEOUT_MS,
);

testAsFirst(
  'as the first process of a container: a dead worker is replaced and leaves no zombie, SIGTERM ends all with 0',
  async () => {
    site = await openSite({ database: 'postgres' });
    const environment = { ...site.environment, WEB_CONCURRENCY: '2' };
    const started = await startServiceProcess(environment, [...ALONE, ...START]);
    service = started;
    await until(async () => (await workersInMetrics(started)).length === 2);
    const [leader] = (await childrenOf(started.pid)) as [number];
    const [worker] = (await childrenOf(leader)) as [number];
    process.kill(worker, 'SIGKILL');
    await until(async () => (await workersInMetrics(started)).join() === '2,3');
    const states = (await childrenOf(leader)).map(pid => statusLine(pid, 'State'));
    expect(states.filter(state => state.startsWith('Z'))).toEqual([]);
    process.kill(leader, 'SIGTERM');
    expect(await started.ended).toBe(0);
  },
  TIMEOUT_MS,
);

testAsFirst(
  'as the first process of a container: a signal counts before it serves',
  async () => {
    site = await openSite({ database: 'embedded' });
    const started = launch([...ALONE, ...START], { ...site.environment, PORT: '0' });
    service = started;
    await until(async () => {
      // A signal before Node runs the script is lost, as for every first process.
      const [first] = await childrenOf(started.pid).catch(() => []);
      if (first !== undefined) process.kill(first, 'SIGTERM');
      return !started.isRunning();
    });
    expect(await started.ended).toBe(143);
    expect(started.output()).not.toContain('listens on');
  },
  TIMEOUT_MS,
);

function statusLine(pid: number, name: string): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
}
