import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SCHEDULE } from '../../../jobs/schedule.js';
import { PROVIDERS } from '../../../src/domain/provider.js';
import texts from '../../../web/src/messages/en/adminJobs.js';
import { newLicenses, writeLicenses } from '../../harness/manyLicenses.js';
import { type Service, startService } from '../../harness/service.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
let service: Service;
let owner: string;
beforeAll(async () => {
  service = await startService({ faults: ['status-500'] });
  owner = await service.signInAs('owner');
});
afterAll(() => service.close());

const get = (path: string) => service.call('GET', `/admin/api${path}`, { token: owner });
const post = (path: string, body?: object) =>
  service.call('POST', `/admin/api${path}`, { token: owner, body });
const chat = (key: string, model = LIGHT) =>
  service.post('/api/chat_v3', { api_key: key, model, prompt: 'x' });

describe('usage', () => {
  test('totals by day, model, provider, plan and license; refusals by reason', async () => {
    const pro = await service.issue('pro');
    const vip = await service.issue('vip');
    for (const model of [LIGHT, LIGHT, 'deepseek/deepseek-chat']) await chat(pro.key, model);
    await chat(vip.key, 'gpt-5.2');
    await chat(pro.key, 'gpt-5.2');
    await chat(pro.key, 'fault/status-500');
    await chat('wrong');
    const totals = async (group: string, more = '') => {
      const { status, body } = await get(`/usage?group=${group}${more}`);
      expect(status).toBe(200);
      const rows = body.rows as Array<{ key: string; requests: number; prompt_tokens: number }>;
      return rows.map(({ key, requests }) => [key, requests]);
    };
    const today = new Date().toISOString().slice(0, 10);
    expect(await totals('day')).toEqual([[today, 4]]);
    expect(await totals('model')).toEqual([
      [LIGHT, 2],
      ['deepseek/deepseek-chat', 1],
      ['openai/gpt-5.2', 1],
    ]);
    expect(await totals('provider')).toEqual([
      ['openrouter', 3],
      ['openai', 1],
    ]);
    expect(await totals('plan')).toEqual([
      ['pro', 3],
      ['vip', 1],
    ]);
    expect(await totals('license', '&limit=1')).toEqual([[pro.id, 3]]);
    expect(await totals('day', '&from=2020-01-01&to=2020-02-01')).toEqual([]);
    const { from, to } = (await get('/usage?from=2047-01-31')).body;
    expect([from, to]).toEqual(['2047-01-31', '2047-01-31']);
    expect((await get('/usage?group=other')).status).toBe(400);
    expect((await get('/usage?from=yesterday')).status).toBe(400);

    const { body } = await get('/usage/refusals');
    const reasons = (body.rows as Array<Record<string, unknown>>).map(row => [
      row.dialect,
      row.code,
      row.reason,
      row.requests,
    ]);
    expect(reasons).toEqual(
      expect.arrayContaining([
        ['myaihub', 'model_not_in_plan', 'direct_not_in_plan', 1],
        ['myaihub', 'upstream_failed', 'upstream_failed', 1],
        ['myaihub', 'invalid_license_key', 'license_invalid', 1],
      ]),
    );
    const [rows] = await service.database.prisma.$queryRaw<[{ count: bigint }]>`
      SELECT count(*) FROM refusal_count`;
    await chat('wrong');
    await get('/usage/refusals');
    const [again] = await service.database.prisma.$queryRaw<[{ count: bigint }]>`
      SELECT count(*) FROM refusal_count`;
    expect(again).toEqual(rows);
  });
});

describe('exports', () => {
  test('stream all rows, and no cell is a formula', async () => {
    const notes = ['=1+1', '+1', '-1', '@x', '\t=1', '\r=1', 'a,"b"\r\nc', 'سلام'];
    for (const note of notes) {
      const body = { plan: 'pro', email: 'x@example.com', note };
      expect((await post('/licenses', body)).status).toBe(201);
    }
    const csv = (await get('/exports/licenses.csv')).body.text as string;
    const [head = '', ...lines] = csv.split(/\r\n(?=[0-9a-f]{8}-|$)/);
    expect(head).toBe(
      'id,email,plan,status,key_prefix,key_last4,created_at,expires_at,note,plan_until,plan_after',
    );
    expect(lines.length - 1).toBe(await service.database.prisma.license.count());
    expect(csv).not.toMatch(/,"?(?:[=+@\t-]|\r(?!\n))/);
    expect(csv).toContain(",'=1+1");
    expect(csv).toContain('"a,""b""\r\nc"');
    expect(csv).toContain('سلام');

    const jsonl = (await get('/exports/requests.jsonl')).body.text as string;
    const rows = jsonl
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(rows.length).toBe(await service.database.prisma.hold.count());
    expect(rows[0]).toMatchObject({ model: LIGHT, outcome: 'posted', units: 1, key: null });
    expect(rows[0].email).toMatch(/@/);
    for (const path of ['/exports/keys.csv', '/exports/licenses.xml', '/exports/constructor.csv']) {
      const { status, body } = await get(path);
      expect([status, JSON.stringify(body)]).toEqual([
        404,
        expect.stringContaining('requests.csv'),
      ]);
    }
  });

  test('have each row once, however many there are', async () => {
    const { prisma } = service.database;
    await writeLicenses(prisma, 'pro', newLicenses(2_001 - (await prisma.license.count())));
    const csv = (await get('/exports/licenses.csv')).body.text as string;
    const ids = csv.match(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12},/gm) ?? [];
    expect([ids.length, new Set(ids).size]).toEqual([2_001, 2_001]);
  });
});

describe('jobs', () => {
  test('are listed with their last run, and can be run now', async () => {
    const ran = await post('/jobs/expire-licenses/run');
    expect(ran.body).toEqual({ name: 'expire-licenses', outcome: 'done', result: { expired: 0 } });
    const { body } = await get('/jobs');
    const jobs = body.jobs as Array<{ name: string; last_run: object | null }>;
    expect(jobs.find(({ name }) => name === 'expire-licenses')?.last_run).toMatchObject({
      outcome: 'done',
      result: { expired: 0 },
    });
    expect(jobs.find(({ name }) => name === 'prune')).toMatchObject({ last_run: null });
    expect((await post('/jobs/nothing/run')).status).toBe(404);
  });

  test('the pages have a word for all that they say', async () => {
    const { jobs } = service.deps;
    const shop = { orders: 1, applied: 1, failed: 1, disabled_webhooks: [], missing_webhooks: [] };
    const acts = {
      ...jobs,
      reconcileOrders: async () => ({ ...shop, is_unfinished: true as const, shops: {} }),
      findSilentShops: async () => [{ shop: 'stripe' as const, silent_hours: 30, since: '' }],
    };
    const results = await Promise.all(SCHEDULE.map(({ job }) => job.run(acts)));
    const said = new Set(results.flatMap(namesIn));
    // What begins an item of a list is shown by its value.
    for (const name of [...PROVIDERS, 'shop', 'model']) said.delete(name);
    expect(said.size).toBeGreaterThan(30);
    expect([...said].filter(name => !Object.hasOwn(texts, name))).toEqual([]);
  });
});

describe('the catalogue', () => {
  test('is checked, and replaced without a restart only if it has no faults', async () => {
    const file = `${service.catalogDir}/plans.json`;
    const before = await readFile(file, 'utf8');
    const { plans } = JSON.parse(before);
    const { key } = await service.issue('basic');
    expect((await post('/catalog/reload')).body).toEqual({ ok: true, faults: [], changed: false });

    await writeFile(file, JSON.stringify({ plans: plans.slice(1) }));
    const checked = await post('/catalog/validate');
    expect(checked.body).toMatchObject({ ok: false });
    expect((checked.body.faults as string[]).join()).toMatch(/basic/);
    expect((await post('/catalog/reload')).status).toBe(409);
    expect((await chat(key)).status).toBe(200);

    plans[0].allowances.openrouter = 3;
    await writeFile(file, JSON.stringify({ plans }));
    expect((await post('/catalog/reload')).body).toMatchObject({ ok: true, changed: true });
    const other = await service.issue('basic');
    expect((await chat(other.key)).body).toMatchObject({ usage: { limit: 3 } });
    const shown = await get('/catalog');
    expect(shown.body.plans).toMatchObject([
      { code: 'basic', allowances: { openrouter: 3 } },
      {},
      {},
    ]);
    const { body } = await get('/audit?action=catalog.reload');
    expect(body.entries).toMatchObject([{ subject: 'catalog', actor: expect.any(String) }]);
    await writeFile(file, before);
    await post('/catalog/reload');
  });
});

test('the audit log is read in pages, and nobody can rewrite it', async () => {
  const first = await get('/audit?limit=1');
  expect(first.body.entries).toHaveLength(1);
  const second = await get(`/audit?limit=1&cursor=${first.body.next_cursor}`);
  expect(second.body.entries).not.toEqual(first.body.entries);
  expect((await get('/audit?cursor=x')).status).toBe(400);
  const { prisma } = service.database;
  await expect(prisma.auditEntry.deleteMany()).rejects.toThrow(/append-only/);
  await expect(prisma.auditEntry.updateMany({ data: { actor: 'x' } })).rejects.toThrow(
    /append-only/,
  );
});

test('the metrics have what an operator needs for alerts', async () => {
  const { key } = await service.issue('basic');
  await chat(key);
  await chat('wrong');
  const response = await fetch(`${service.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await response.text();
  for (const line of [
    /sahm_chat_requests_total\{dialect="myaihub",provider="openrouter",outcome="success",reason="success"\} \d/,
    /sahm_chat_requests_total\{dialect="myaihub",provider="none",outcome="invalid_license_key",reason="license_invalid"\} \d/,
    /sahm_upstream_seconds_count\{provider="openrouter",outcome="answer"\} \d/,
    /sahm_ledger_batch_size_count\{kind="hold"\} \d/,
    /sahm_holds_pending 0/,
    /sahm_job_age_seconds\{job="expire-licenses"\} \d/,
    /sahm_database_up 1/,
    /sahm_holds_expired_total \d/,
  ]) {
    expect(text).toMatch(line);
  }
  expect(text).not.toContain(key);
});

test('what is asked from a time after its end is refused with what to do, wherever there are both', async () => {
  const { id, key } = await service.issue('pro');
  const { paths } = (await service.call('GET', '/openapi.json')).body as unknown as {
    paths: Record<string, { get?: { parameters?: Array<{ name: string }> } }>;
  };
  const ranged = Object.entries(paths).flatMap(([path, { get: asked }]) => {
    const names = (asked?.parameters ?? []).map(({ name }) => name);
    return names.includes('from') && names.includes('to') ? [path] : [];
  });
  expect(ranged.length).toBeGreaterThan(8);
  for (const path of ranged) {
    const token = path.startsWith('/admin/') ? owner : key;
    const real = path.replace('{id}', id).replace('{file}', 'requests.csv');
    for (const range of [
      'from=2026-02-02&to=2026-02-01',
      'from=2026-02-02T10:00:00Z&to=2026-02-02T13:29:59%2B03:30',
    ]) {
      const { status, body } = await service.call('GET', `${real}?${range}`, { token });
      expect([path, status, JSON.stringify(body)]).toEqual([
        path,
        400,
        expect.stringContaining('from'),
      ]);
    }
    const { status } = await service.call('GET', `${real}?from=2026-02-02&to=2026-02-02`, {
      token,
    });
    expect([path, status]).toEqual([path, 200]);
  }
});

function namesIn(result: unknown): string[] {
  if (typeof result !== 'object' || result === null) return [];
  const within = Object.values(result).flatMap(namesIn);
  return Array.isArray(result) ? within : [...Object.keys(result), ...within];
}
