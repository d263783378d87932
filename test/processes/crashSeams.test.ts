// A process kills itself before or after a statement that it sends: at each step that leaves something behind. What it was
// doing is finished by the next one, once. SEAMS=1000 tries all steps of all jobs.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SCHEDULE } from '../../jobs/schedule.js';
import { readDatabaseUrl } from '../../src/store/database/databaseUrl.js';
import { withSession } from '../../src/store/database/preparePostgres.js';
import { isSuccess, openClients, until } from '../harness/load.js';
import { launch, node } from '../harness/serviceProcess.js';
import { openSite, type Site } from '../harness/site.js';

const SEAMS = Number(process.env.SEAMS ?? 1);
const TIMEOUT_MS = 120_000 + SEAMS * 20_000;
const NODE_OPTIONS = `--import=${process.cwd()}/test/harness/killAtStatement.mjs`;
const JOBS = SCHEDULE.map(({ job }) => job.name);

let site: Site;
let template: string;
const clients = openClients();
beforeAll(async () => {
  site = await openSite({
    database: 'postgres',
    faults: ['delay-3000'],
    environment: {
      UPSTREAM_TIMEOUT_MS: '1500',
      HOLD_LEASE_MS: '3000',
    },
  });
  template = new URL(site.databaseUrl as string).pathname.slice(1);
}, TIMEOUT_MS);
afterAll(async () => {
  await clients.close();
  await site.close();
}, TIMEOUT_MS);

const CHAT_SEAMS =
  SEAMS > 1 ? ['before 1', 'after 1', 'before 2', 'after 2'] : ['after 1', 'after 2'];

test.each(CHAT_SEAMS)(
  'a chat whose process dies %s of its statements (hold, settle) is charged once, for the answer that is asked for again',
  async at => {
    const [healthy] = site.running().length > 0 ? site.running() : await site.start();
    const { id, key } = await site.issue('pro');
    const killed = { NODE_OPTIONS, KILL_FROM: 'sahm_hold', KILL_AT: at };
    const [victim] = await site.start(1, killed);
    const idempotencyKey = at;
    const seen = await clients.ask({ url: victim?.url as string, key, idempotencyKey });
    expect(seen.status).toBe(0);
    expect(await victim?.ended).toBe('SIGKILL');
    const again = { url: healthy?.url as string, key, idempotencyKey };
    await until(async () => isSuccess(await clients.ask(again)));
    const holds = (await site.holds()).filter(hold => hold.licenseId === id);
    expect(holds.filter(({ state }) => state === 'posted')).toHaveLength(1);
    expect(holds.filter(({ state }) => state === 'pending')).toEqual([]);
  },
  TIMEOUT_MS,
);

/** Leaves something to do for every job, and no process. */
async function leaveWork(): Promise<void> {
  const [service] = await site.start();
  const url = service?.url as string;
  const small = await site.issue('basic', { openrouter: 5 });
  for (let count = 0; count < 4; count++) await clients.ask({ url, key: small.key });
  const ending = await site.issue('pro');
  const { key } = await site.issue('pro');
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const video = JSON.stringify({ model: 'alibaba/wan-2.6', prompt: 'a cat', seconds: '5' });
  await fetch(`${url}/v1/videos`, { method: 'POST', headers, body: video });
  // Asked once more, its upstream has it.
  await until(async () => {
    await site.query("UPDATE video_job SET next_poll_at = now() - interval '1 second'");
    await site.runJob('follow-videos');
    const [job] = await site.query<{ state: string }>('SELECT state FROM video_job');
    return job?.state === 'in_progress';
  });
  await site.query("UPDATE video_job SET next_poll_at = now() + interval '1 hour'");
  const late = clients.ask({ url, key, model: 'fault/delay-3000' });
  await until(async () => (await pending()) === 2);
  service?.signal('SIGKILL');
  await late;
  await service?.ended;
  await site.query(`UPDATE license SET expires_at = now() - interval '1 minute'
    WHERE id = '${ending.id}'`);
  await site.query(`UPDATE hold SET lease_ends_at = now() - interval '1 minute'
    WHERE state = 'pending' AND id NOT IN (SELECT id FROM video_job)`);
}

async function pending(): Promise<number> {
  return (await site.holds()).filter(({ state }) => state === 'pending').length;
}

/** What counts of a database, but for times and random names. */
const WORLD = `SELECT jsonb_build_object(
  'holds', (SELECT jsonb_agg(each ORDER BY each) FROM (SELECT jsonb_build_array(state, reason,
    count(*), sum(units)) AS each FROM hold GROUP BY state, reason) AS a),
  'licenses', (SELECT jsonb_agg(each ORDER BY each) FROM (SELECT jsonb_build_array(plan, state,
    count(*)) AS each FROM license GROUP BY plan, state) AS b),
  'notices', (SELECT jsonb_agg(each ORDER BY each) FROM (SELECT jsonb_build_array(kind, subject,
    count(*)) AS each FROM license_notice GROUP BY kind, subject) AS c),
  'deliveries', (SELECT count(*) FROM notice_delivery),
  'videos', (SELECT jsonb_agg(jsonb_build_array(state, error_code)) FROM video_job)) AS world`;

async function worldOf(url: string): Promise<unknown> {
  return withSession(readDatabaseUrl(url), async session => (await session.query(WORLD))[0]);
}

let copies = 0;
/** A copy of what was left, for one run. */
async function copy(): Promise<string> {
  copies += 1;
  const url = (await site.cluster?.createDatabase(`copy_${copies}`, template)) as string;
  await makeDue(url);
  return url;
}

async function runJob(name: string, url: string, more: Record<string, string> = {}) {
  const command = [...node('dist/src/commands/job.js'), name];
  return launch(command, { ...site.environment, DATABASE_URL: url, ...more }).ended;
}

test(
  `a job that is killed before any of its statements is finished by its next run (${SEAMS} statement(s) of a job)`,
  async () => {
    await site.stopAll();
    await leaveWork();
    const tried: string[] = [];
    for (const name of SEAMS > 1 ? JOBS : ['expire-holds']) {
      const undisturbed = await copy();
      expect(await runJob(name, undisturbed)).toBe(0);
      const wanted = await worldOf(undisturbed);
      let last = undisturbed;
      let statement = 1;
      for (; statement <= SEAMS; statement++) {
        const url = await copy();
        const at = { NODE_OPTIONS, KILL_FROM: 'job_lease', KILL_AT: `before ${statement + 1}` };
        if ((await runJob(name, url, at)) !== 'SIGKILL') break;
        // Else the lease of the killed run would have to end first.
        await makeDue(url);
        expect([name, statement, await runJob(name, url)]).toEqual([name, statement, 0]);
        expect([name, statement, await worldOf(url)]).toEqual([name, statement, wanted]);
        last = url;
      }
      const verified = await site.run('src/commands/verify', { DATABASE_URL: last });
      expect(verified.output).toBe('the ledger is clean\n');
      tried.push(`${name}: ${statement - 1}`);
    }
    console.log(`seams: ${tried.join(', ')}`);
  },
  TIMEOUT_MS * 5,
);

async function makeDue(url: string): Promise<void> {
  await withSession(readDatabaseUrl(url), session =>
    session.run(`DELETE FROM job_lease;
      UPDATE video_job SET next_poll_at = now() - interval '1 second'`),
  );
}
