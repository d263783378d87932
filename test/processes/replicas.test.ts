// Three replicas behind nginx, restarted one after the other under load: no client notices.
// RESTARTS=10 restarts each of them ten times.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type Clients,
  findContradictions,
  keepAsking,
  LIGHT_MODEL,
  type Load,
  openClients,
  type Seen,
  summary,
  until,
} from '../harness/load.js';
import { type Nginx, startNginx } from '../harness/nginx.js';
import { findProgram, freePorts } from '../harness/program.js';
import type { ServiceProcess } from '../harness/serviceProcess.js';
import { type IssuedLicense, openSite, type Site } from '../harness/site.js';
import { testWhere } from '../harness/testWhere.js';

const RESTARTS = Number(process.env.RESTARTS ?? 1);
const REPLICAS = 3;
const CLIENTS = 10;
const STREAMS = 20;
const TIMEOUT_MS = 120_000 + RESTARTS * 180_000;

const testBehindNginx = testWhere(findProgram('nginx') !== undefined, 'nginx');

let site: Site;
let clients: Clients;
let nginx: Nginx | undefined;
let load: Load | undefined;
let streams: Load | undefined;
let license: IssuedLicense;
let ports: number[];
const replicas = new Map<number, ServiceProcess>();
const history: Seen[] = [];

beforeAll(async () => {
  clients = openClients();
  site = await openSite({ database: 'postgres', faults: ['delay-200', 'delay-3000', 'pace-200'] });
  ports = await freePorts(REPLICAS);
  await Promise.all(ports.map(start));
  license = await site.issue('pro', { openrouter: 1_000_000 });
  await noteRuns();
}, TIMEOUT_MS);
afterAll(async () => {
  await load?.stop();
  await streams?.stop();
  await nginx?.stop();
  await clients?.close();
  await site?.close();
}, TIMEOUT_MS);

async function start(port: number): Promise<void> {
  const [replica] = await site.start(1, { PORT: String(port) });
  replicas.set(port, replica as ServiceProcess);
}

/**
 * Records when each run of a job began. A run takes a second to begin, so that the others arrive meanwhile.
 */
async function noteRuns(): Promise<void> {
  await site.query(`CREATE TABLE job_run (name text, started_at timestamptz);
    CREATE FUNCTION note_run() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO job_run VALUES (NEW.name, NEW.started_at);
      PERFORM pg_sleep(1);
      RETURN NULL; END $$;
    CREATE TRIGGER note_run AFTER INSERT OR UPDATE OF started_at ON job_lease
      FOR EACH ROW EXECUTE FUNCTION note_run()`);
}

function urlOf(port: number | undefined): string {
  return replicas.get(port as number)?.url as string;
}

test(
  'a license that one replica suspends is refused by the others at once, and lives again at once',
  async () => {
    const { id, key } = await site.issue('basic');
    const askAll = async () => {
      const seen = await clients.askAtOnce(ports.map(port => ({ url: urlOf(port), key })));
      history.push(...seen);
      return seen.map(one => one.status);
    };
    for (let round = 0; round < 5; round++) {
      expect(await askAll()).toEqual([200, 200, 200]);
      await site.admin('POST', `/licenses/${id}/suspend`, { reason: 'test' });
      expect(await askAll()).toEqual([401, 401, 401]);
      await site.admin('POST', `/licenses/${id}/reinstate`, { reason: 'test' });
    }
    expect(await askAll()).toEqual([200, 200, 200]);
  },
  TIMEOUT_MS,
);

testBehindNginx(
  `behind nginx: each restarted ${RESTARTS} time(s) under load with ${STREAMS} open streams, no request fails, the ledger is clean`,
  async () => {
    nginx = await startNginx(ports);
    const { url } = nginx;
    const models = ['fault/delay-200', LIGHT_MODEL];
    let turn = 0;
    load = keepAsking(clients, CLIENTS, () => {
      turn += 1;
      // Some requests begin before a replica is told to end, and are answered after it has closed its port.
      const model = turn % 50 === 0 ? 'fault/delay-3000' : models[turn % models.length];
      return { url, key: license.key, model: model as string };
    });
    const ask = { url, key: license.key, model: 'fault/pace-200', stream: true };
    streams = keepAsking(clients, STREAMS, () => ask);
    for (let restart = 0; restart < RESTARTS; restart++) {
      for (const port of ports) {
        await load.untilSeen(60);
        const old = replicas.get(port) as ServiceProcess;
        old.signal('SIGTERM');
        expect(await old.ended).toBe(0);
        await start(port);
      }
    }
    await load.untilSeen(60);
    const [seen, streamed] = await Promise.all([load.stop(), streams.stop()]);
    console.log(
      `${RESTARTS * REPLICAS} restarts behind nginx: ${summary(seen)}; streams ${summary(streamed)}`,
    );
    expect(summary(seen)).toBe(`200: ${seen.length}`);
    expect(summary(streamed)).toBe(`200: ${streamed.length}`);
    history.push(...seen, ...streamed);
    expect(new Set(await site.stopAll())).toEqual(new Set([0]));
    expect(await site.run('src/commands/verify')).toEqual({
      code: 0,
      output: 'the ledger is clean\n',
    });
    expect(findContradictions(history, await site.holds(), await site.served())).toEqual([]);
  },
  TIMEOUT_MS,
);

test(
  'a job whose time came was run by one of them at a time',
  async () => {
    const runs = () =>
      site.query<{ apart: number | null }>(`SELECT extract(epoch FROM started_at
        - lag(started_at) OVER (ORDER BY started_at))::float8 AS apart
        FROM job_run WHERE name = 'expire-holds' ORDER BY started_at`);
    // The replicas of the test before have ended, perhaps before a second run was due.
    if (site.running().length === 0) await Promise.all(ports.map(start));
    await until(async () => (await runs()).length > 1);
    // Runs are ten seconds apart. If the replicas did not coordinate, there would be three each time.
    expect((await runs()).filter(run => run.apart !== null && run.apart < 5)).toEqual([]);
  },
  TIMEOUT_MS,
);
