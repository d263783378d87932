// The database is away, hangs, is read-only or has no room left. Chats and /readyz report it soon, and the service
// recovers by itself when the database does.

import { execFile, execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, writeSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { keepAsking, openClients, slowestMs, summary, until } from '../harness/load.js';
import type { PostgresCluster } from '../harness/postgresCluster.js';
import { openSite } from '../harness/site.js';

const run = promisify(execFile);
const TIMEOUT_MS = 180_000;
/** "Within three seconds", on a machine that may be busy. */
const SOON_MS = 8_000;
const LASTS_MS = 2_000;

interface Trouble {
  begin(cluster: PostgresCluster, folder: string): Promise<void>;
  end(cluster: PostgresCluster, folder: string): Promise<void>;
  reasons: string[];
}

const readOnly = (to: string) => async (cluster: PostgresCluster) => {
  await cluster.query(`ALTER SYSTEM SET default_transaction_read_only = ${to}`);
  await cluster.query('SELECT pg_reload_conf()');
};

const TROUBLES: Record<string, Trouble> = {
  gone: {
    begin: cluster => cluster.halt(),
    end: cluster => cluster.restart(),
    reasons: ['database_unreachable'],
  },
  'standing still': {
    begin: cluster => cluster.freeze(),
    end: cluster => cluster.thaw(),
    reasons: ['database_unreachable'],
  },
  'read-only': {
    begin: readOnly('on'),
    end: readOnly('off'),
    reasons: ['database_read_only'],
  },
  'out of room': {
    begin: (_, folder) => fill(folder),
    end: (_, folder) => empty(folder),
    reasons: ['database_full'],
  },
};

/** A disk of its own, which can be full, needs the right to mount one: root has it, but not in every container. */
function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'sahm-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', folder], { stdio: 'ignore' });
    execFileSync('umount', [folder]);
    return true;
  } catch {
    console.warn('Nothing may be mounted here: the test of a full disk was skipped.');
    return false;
  } finally {
    rmdirSync(folder);
  }
}

const isPossible: Record<string, boolean> = { 'out of room': mayMount() };

describe.each(Object.keys(TROUBLES))('while the database is %s', name => {
  (isPossible[name] === false ? test.skip : test)(
    '503, /readyz says why, and afterwards everything works',
    async () => {
      const trouble = TROUBLES[name] as Trouble;
      const folder = await mkdtemp(join(tmpdir(), 'sahm-trouble-'));
      const isMounted = name === 'out of room';
      if (isMounted)
        await run('mount', ['-t', 'tmpfs', '-o', 'size=256m,mode=1777', 'tmpfs', folder]);
      const clients = openClients();
      const site = await openSite({
        database: 'postgres',
        ...(isMounted && { serverParent: folder }),
      });
      const cluster = site.cluster as PostgresCluster;
      try {
        const [service] = await site.start();
        const url = service?.url as string;
        const license = await site.issue('pro', { openrouter: 1_000_000 });
        const load = keepAsking(clients, 8, () => ({ url, key: license.key }));
        await load.untilSeen(50);

        await trouble.begin(cluster, folder);
        const begunAt = performance.now();
        const readiness = async () => {
          const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(20_000) });
          return [response.status, ((await response.json()) as { reason?: string }).reason];
        };
        await until(async () => (await readiness())[0] === 503);
        const toldMs = performance.now() - begunAt;
        expect(trouble.reasons).toContain((await readiness())[1]);
        await load.untilSeen(8, seen => seen.status === 503);
        await sleep(LASTS_MS);
        expect((await readiness())[0]).toBe(503);

        await trouble.end(cluster, folder);
        const curedAt = performance.now();
        await load.untilSeen(20);
        const backMs = performance.now() - curedAt;
        await until(async () => (await readiness())[0] === 200);
        const history = await load.stop();
        const refused = history.filter(seen => seen.status !== 200);
        const slowest = slowestMs(refused);
        console.log(
          `${name}: ${summary(history)}; slowest refusal ${slowest} ms, /readyz after ${toldMs | 0} ms, back after ${backMs | 0} ms`,
        );
        expect(refused.filter(({ status }) => status !== 503)).toEqual([]);
        expect(slowest).toBeLessThan(SOON_MS);
        await site.stopAll();
        expect(await site.run('src/commands/verify')).toEqual({
          code: 0,
          output: 'the ledger is clean\n',
        });
      } finally {
        await empty(folder);
        await cluster.thaw().catch(() => {});
        await clients.close();
        await site.close();
        if (isMounted) await run('umount', ['-l', folder]);
        await rm(folder, { recursive: true, force: true });
      }
    },
    TIMEOUT_MS,
  );
});

let filling: { file: number; timer: NodeJS.Timeout } | undefined;

/** Fills a file system, and keeps it full: what the server frees is taken at once. */
async function fill(folder: string): Promise<void> {
  const { bsize } = await statfs(folder);
  const piece = Buffer.alloc(bsize);
  const file = openSync(join(folder, 'filler'), 'w');
  function fillUp(): void {
    try {
      for (;;) writeSync(file, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
  fillUp();
  filling = { file, timer: setInterval(fillUp, 50) };
}

async function empty(folder: string): Promise<void> {
  if (!filling) return;
  clearInterval(filling.timer);
  closeSync(filling.file);
  filling = undefined;
  await rm(join(folder, 'filler'));
}
