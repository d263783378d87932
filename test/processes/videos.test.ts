// A video outlives the processes that look after it. It is made and charged once, although one is killed right after it
// began, and another while it asks the upstream.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { openSite, type Site } from '../harness/site.js';

const MODEL = 'alibaba/wan-2.6';
const WITHIN_MS = 60_000;

test('a video is made and charged once in spite of two kills and a failure of the upstream', async () => {
  const site = await openSite({
    database: 'postgres',
    environment: { UPSTREAM_TIMEOUT_MS: '1500', HOLD_LEASE_MS: '3000' },
  });
  try {
    // The first time that the upstream is asked, it fails.
    await changeModel(site, { upstream_id: 'x/y#report-status-503' });
    await site.start();
    const { id: licenseId, key } = await site.issue('pro');
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const urlOf = () => `${site.running()[0]?.url}/v1/videos`;
    const body = JSON.stringify({ model: MODEL, prompt: 'a cat', seconds: '5' });
    const begun = await fetch(urlOf(), { method: 'POST', headers, body });
    expect(begun.status).toBe(200);
    const { id } = (await begun.json()) as { id: string };
    const show = async () =>
      (await fetch(`${urlOf()}/${id}`, { headers })).json() as Promise<Shown>;
    const reports = async () =>
      (await site.served()).filter(({ outcome }) => outcome === 'report').length;
    await kill(site);

    // Longer than any hold's own lease: it is the job's.
    await site.start();
    await site.runJob('expire-holds');
    await askUntil(site, async () => (await show()).status === 'in_progress');
    const asked = await reports();
    await makeDue(site);
    const run = site.runJob('follow-videos').catch(() => null);
    await until(async () => (await reports()) > asked, WITHIN_MS);
    await kill(site);
    await run;

    await site.start();
    await askUntil(site, async () => (await show()).status === 'completed');
    expect(await show()).toMatchObject({ progress: 100, quota: { used: 10, charged: 10 } });
    const content = await fetch(`${urlOf()}/${id}/content`, { headers });
    expect(content.headers.get('content-type')).toBe('video/mp4');
    const holds = await site.holds();
    expect(holds).toMatchObject([{ licenseId, state: 'posted', reason: 'success' }]);
    const served = await site.served();
    expect(served.filter(({ model }) => model !== null)).toHaveLength(1);
    expect(await site.stopAll()).toEqual([0]);
    const verified = await site.run('src/commands/verify');
    expect(verified).toEqual({ code: 0, output: 'the ledger is clean\n' });
  } finally {
    await site.close();
  }
});

interface Shown {
  status: string;
}

async function changeModel(site: Site, change: object): Promise<void> {
  const file = join(site.catalogDir, 'models.json');
  const { models } = JSON.parse(await readFile(file, 'utf8'));
  for (const model of models) if (model.id === MODEL) Object.assign(model, change);
  await writeFile(file, JSON.stringify({ models }));
}

async function kill(site: Site): Promise<void> {
  const [victim] = site.running();
  victim?.signal('SIGKILL');
  expect(await victim?.ended).toBe('SIGKILL');
}

/** Whoever was killed has it for a while, and a job of the schedule too. */
async function makeDue(site: Site): Promise<void> {
  await site.query(`UPDATE video_job SET next_poll_at = now() WHERE next_poll_at > now()`);
  await site.query(`UPDATE job_lease SET lease_ends_at = now() WHERE lease_ends_at > now()`);
}

async function askUntil(site: Site, isReached: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    if (await isReached()) return true;
    await makeDue(site);
    await site.runJob('follow-videos');
    return isReached();
  }, WITHIN_MS);
}
