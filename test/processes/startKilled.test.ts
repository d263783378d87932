// SIGKILL while a process starts, at any moment of a first start and of an upgrade: the next start is clean
// by itself. STARTS=50 makes a long run, CRASHES=20 crashes PostgreSQL itself; SEED repeats one.

import { randomBytes, randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { copyFolder, findStartProblems, makeOlder, withDatabase } from '../harness/olderRelease.js';
import { type PostgresCluster, startPostgresCluster } from '../harness/postgresCluster.js';
import { createRandom } from '../harness/random.js';
import { startEntry, startServiceProcess, untilReady } from '../harness/serviceProcess.js';
import type { DatabaseKind } from '../harness/site.js';

const STARTS = Number(process.env.STARTS ?? 1);
const CRASHES = Number(process.env.CRASHES ?? 1);
const SEED = Number(process.env.SEED ?? randomInt(2 ** 31));
const TIMEOUT_MS = 120_000 + (STARTS + CRASHES) * 90_000;
const FOLDER_OF_EMBEDDED = 'postgres';

const random = createRandom(SEED);
let root: string;
let cluster: PostgresCluster;
let number = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sahm-starts-'));
  cluster = await startPostgresCluster({ durable: true });
  await withDatabase(await cluster.createDatabase('older'), makeOlder);
  await copyFolder(process.env.SAHM_TEST_EMBEDDED as string, join(root, 'older'));
  await withDatabase(join(root, 'older'), makeOlder);
}, TIMEOUT_MS);
afterAll(async () => {
  await cluster.stop();
  await rm(root, { recursive: true, force: true });
}, TIMEOUT_MS);

interface Place {
  /** The address for code that looks into the database. */
  where: string;
  environment: Record<string, string>;
}

/** A new database for each kill: empty, or of an older release. */
async function newPlace(database: DatabaseKind, isUpgrade: boolean): Promise<Place> {
  number += 1;
  const dataDir = join(root, `data-${number}`);
  const environment = {
    NODE_ENV: 'production',
    LOG_LEVEL: 'error',
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    JWT_SECRET: randomBytes(32).toString('base64'),
    KEY_PEPPER: randomBytes(32).toString('base64'),
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ADMIN_PASSWORD: randomBytes(12).toString('hex'),
  };
  if (database === 'postgres') {
    const name = `start_${number}`;
    const url = await cluster.createDatabase(name, isUpgrade ? 'older' : undefined);
    return { where: url, environment: { ...environment, DATABASE_URL: url } };
  }
  const where = join(dataDir, FOLDER_OF_EMBEDDED);
  if (isUpgrade) await copyFolder(join(root, 'older'), where);
  return { where, environment };
}

/** Checks what a start says, and what is in the database afterwards. */
async function expectCleanStart({ where, environment }: Place, isUpgrade: boolean) {
  const service = await startServiceProcess(environment);
  service.signal('SIGTERM');
  expect(await service.ended).toBe(0);
  expect(service.output()).not.toMatch(/^\s+at /m);
  const problems = await withDatabase(where, session => findStartProblems(session, isUpgrade));
  expect(problems).toEqual([]);
}

/** How long a start takes here and now: kills happen within that time. */
async function measureStart(database: DatabaseKind, isUpgrade: boolean): Promise<number> {
  const place = await newPlace(database, isUpgrade);
  const begun = performance.now();
  const service = await startServiceProcess(place.environment);
  const tookMs = Math.round(performance.now() - begun);
  service.signal('SIGKILL');
  await service.ended;
  await expectCleanStart(place, isUpgrade);
  return tookMs;
}

test.each<[DatabaseKind, string]>([
  ['postgres', 'a first start'],
  ['postgres', 'an upgrade'],
  ['embedded', 'a first start'],
  ['embedded', 'an upgrade'],
])(
  `%s: killed ${STARTS} times during %s, the next start is clean`,
  async (database, what) => {
    const isUpgrade = what === 'an upgrade';
    const startMs = await measureStart(database, isUpgrade);
    const moments: string[] = [];
    for (let start = 0; start < STARTS; start++) {
      const place = await newPlace(database, isUpgrade);
      const killed = startEntry('src/main', place.environment);
      const atMs = random.below(startMs);
      await sleep(atMs);
      killed.signal('SIGKILL');
      await killed.ended;
      moments.push(`${atMs}`);
      await expectCleanStart(place, isUpgrade);
      if (database === 'embedded' && start === STARTS - 1) await expectNothingLeft(place);
      await rm(place.environment.DATA_DIR as string, { recursive: true, force: true });
    }
    console.log(`${database}, ${what}: killed at ${moments} of ${startMs} ms, seed ${SEED}`);
  },
  TIMEOUT_MS,
);

/** A process that was creating the files may have outlived the kill. A later start removes its folder. */
async function expectNothingLeft({ environment }: Place): Promise<void> {
  const dataDir = environment.DATA_DIR as string;
  const service = await startServiceProcess(environment);
  service.signal('SIGTERM');
  await service.ended;
  const left = (await readdir(dataDir)).filter(name => name.startsWith(`${FOLDER_OF_EMBEDDED}.`));
  expect(left).toEqual([]);
}

test(
  `PostgreSQL killed ${CRASHES} times during an upgrade: it goes on by itself, or the next start is clean`,
  async () => {
    const startMs = await measureStart('postgres', true);
    let wentOn = 0;
    for (let crash = 0; crash < CRASHES; crash++) {
      const place = await newPlace('postgres', true);
      const starting = startEntry('src/main', place.environment);
      await sleep(random.below(startMs));
      await cluster.crash();
      await cluster.restart();
      const service = await untilReady(starting).catch(() => undefined);
      if (service) wentOn += 1;
      starting.signal('SIGKILL');
      await starting.ended;
      expect(starting.output()).not.toMatch(/^\s+at /m);
      await expectCleanStart(place, true);
    }
    console.log(`${CRASHES} crashes, seed ${SEED}: ${wentOn} starts went on by themselves`);
  },
  TIMEOUT_MS,
);

test(
  'three processes that start together: all are ready, and each migration ran once',
  async () => {
    const place = await newPlace('postgres', true);
    const services = await Promise.all(
      Array.from({ length: 3 }, () => startServiceProcess(place.environment)),
    );
    for (const service of services) service.signal('SIGKILL');
    await Promise.all(services.map(service => service.ended));
    expect(await withDatabase(place.where, session => findStartProblems(session, true))).toEqual(
      [],
    );
  },
  TIMEOUT_MS,
);
