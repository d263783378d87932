// Kills the process at each seam of applying an event. After a restart and a redelivery the effect must be
// there, exactly once.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openEmbedded } from '../../src/store/database/embedded.js';
import { SEAMS } from '../../src/store/purchases/applyReport.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';

let database: TestDatabase | undefined;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sahm-crash-'));
  if (process.env.TEST_DATABASE === 'postgres') database = await openTestDatabase();
  else await createDirectory(process.env.SAHM_TEST_TEMPLATE as string);
});
afterAll(async () => {
  await database?.close();
  await rm(directory, { recursive: true, force: true });
});

async function createDirectory(template: string): Promise<void> {
  const loadDataDir = new Blob([await readFile(template)]);
  const pglite = await PGlite.create({ dataDir: join(directory, 'postgres'), loadDataDir });
  await pglite.close();
}

/** Delivers a VIP plan with an add-on in a new process; returns how the process ended. */
function deliverIn(
  email: string,
  crashAt: string,
): Promise<{ signal: string | null; out: string }> {
  const script = [
    '--import',
    './test/harness/typescriptLoader.mjs',
    'test/integration/crashingProcess.ts',
  ];
  const where = database?.url ?? directory;
  const child = spawn(process.execPath, [...script, where, email, crashAt], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  let out = '';
  child.stdout.on('data', chunk => {
    out += chunk;
  });
  return new Promise(resolve => child.on('close', (_code, signal) => resolve({ signal, out })));
}

async function look<T>(act: (prisma: TestDatabase['prisma']) => Promise<T>): Promise<T> {
  if (database) return act(database.prisma);
  const opened = await openEmbedded(directory);
  return act(opened.prisma).finally(() => opened.close());
}

// Opening the embedded database takes seconds, and on either database the seams are within one transaction.
const seams = process.env.TEST_DATABASE === 'postgres' ? SEAMS : (['kept'] as const);

test.each(seams)('killed at "%s"', async seam => {
  const email = `${seam}@example.com`;
  const killed = await deliverIn(email, seam);
  expect(killed.signal).toBe('SIGKILL');
  const again = await deliverIn(email, 'nowhere');
  expect(again).toMatchObject({
    signal: null,
    out: seam === 'committed' ? 'duplicate' : 'applied',
  });
  const state = await look(async prisma => {
    const where = { account: { email } };
    const licenses = await prisma.license.findMany({ where, include: { grants: true } });
    const facts = await prisma.purchaseFact.count({ where: { order: where } });
    const events = await prisma.purchaseEvent.count({ where: { orderId: email } });
    return { licenses, facts, events };
  });
  expect(state.licenses).toMatchObject([
    { plan: 'vip', state: 'active', grants: [{ entitled: 50n }] },
  ]);
  expect(state).toMatchObject({ facts: 2, events: seam === 'committed' ? 2 : 1 });
});
