// Statements of months and receipts of requests, over HTTP, checked in the way of a person who keeps the file.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { readPublicKeys } from '../../src/cli/receipt/keys.js';
import { verifyFile } from '../../src/cli/receipt/verify.js';
import { addPlans } from '../harness/faultCatalog.js';
import { createRandom } from '../harness/random.js';
import { type Service, startService } from '../harness/service.js';

const SHOP = 'فروشگاه «سهم» & پسران';
const MODELS = ['openai/gpt-4o-mini', 'openai/gpt-5.2', 'fault/status-500'];

async function sellMoney(catalogDir: string): Promise<void> {
  const allowances = { all: 5_000_000 };
  await addPlans(catalogDir, {
    code: 'wallet',
    rank: 4,
    name: 'کیف پول',
    meter: 'money',
    allowances,
  });
}

const seed = Number(process.env.STATEMENT_SEED ?? Math.floor(Math.random() * 2 ** 31));

let service: Service;
let viewer: string;
beforeAll(async () => {
  const env = { SHOP_NAME: SHOP, PUBLIC_URL: 'https://api.shop.example' };
  service = await startService({ faults: ['status-500'], prepare: sellMoney, env });
  viewer = await service.signInAs('viewer');
});
afterAll(() => service.close());

interface Row {
  provider: string;
  units: number;
  requests: number;
  model: string;
}
const get = (path: string, token: string, headers = {}) =>
  service.call('GET', path, { token, headers });
const monthOf = async (token: string) =>
  (await get('/api/license', token)).body as {
    period: string;
    usage: { used: number };
    usage_breakdown: Record<string, { used: number }>;
  };
async function verdictOf(body: unknown) {
  const keys = await service.call('GET', '/.well-known/jwks.json');
  expect(keys.status).toBe(200);
  const read = readPublicKeys(JSON.stringify(keys.body));
  if (!read) throw new Error('no keys');
  return verifyFile(JSON.stringify(body), read);
}
const sum = (rows: Row[], field: 'units' | 'requests') =>
  rows.reduce((total, row) => total + row[field], 0);

test.each(['vip', 'wallet'])(
  `after any history of %s a statement has the sums of the ledger, and each request its receipt (seed ${seed})`,
  async plan => {
    const random = createRandom(seed);
    const { id, key } = await service.issue(plan);
    const asked: string[] = [];
    for (let turn = 0; turn < 14; turn++) {
      const model = random.pick(MODELS);
      const words = 'سلام '.repeat(1 + random.below(30));
      const body = { model, messages: [{ role: 'user', content: words }] };
      const { headers } = await service.post('/v1/chat/completions', body, {
        Authorization: `Bearer ${key}`,
      });
      asked.push(headers.get('x-request-id') as string);
    }
    const { period, usage, usage_breakdown: breakdown } = await monthOf(key);
    const { status, body } = await get(`/api/license/statements/${period}`, key);
    expect(status).toBe(200);
    const { requests, statement } = body as { requests: Row[]; statement: Record<string, unknown> };
    const totals = statement.totals as Row[];
    const charged = await service.database.prisma.hold.findMany({
      where: { licenseId: id, state: 'posted' },
    });
    const context = `seed ${seed}`;
    expect([context, sum(totals, 'units')]).toEqual([context, usage.used]);
    expect(sum(totals, 'requests')).toBe(charged.length);
    expect(requests).toHaveLength(charged.length);
    for (const [provider, { used }] of Object.entries(breakdown)) {
      const rows = totals.filter(row => row.provider === provider);
      expect([context, provider, sum(rows, 'units')]).toEqual([context, provider, used]);
    }
    const { opening, closing } = statement.balance as Record<string, number>;
    expect(closing).toBe((opening ?? 0) - usage.used);
    expect(statement).toMatchObject({
      license: id,
      period,
      time_zone: 'UTC',
      is_final: false,
      issuer: { url: 'https://api.shop.example', name: SHOP },
      unit: plan === 'wallet' ? 'microusd' : 'request',
    });
    expect(await verdictOf(body)).toMatchObject({ kind: 'valid', what: 'statement' });
    // Each request has a receipt; of one that failed it says that it was free.
    for (const requestId of asked) {
      const own = await get(`/api/license/requests/${requestId}/receipt`, key);
      const [hold] = await service.database.prisma.hold.findMany({ where: { id: requestId } });
      const isCharged = hold?.state === 'posted';
      expect(own.body).toMatchObject({
        receipt: {
          license: id,
          request_id: requestId,
          hold: requestId,
          model: hold?.model,
          outcome: hold?.state,
          units: isCharged ? Number(hold?.units) : 0,
          prompt_tokens: hold?.promptTokens,
        },
      });
      expect(await verdictOf(own.body)).toMatchObject({ kind: 'valid', what: 'receipt' });
      const theirs = await get(`/admin/api/requests/${requestId}/receipt`, viewer);
      expect(theirs.body).toEqual(own.body);
    }
  },
);

test('nobody gets another license’s receipt, and a missing one is refused as such', async () => {
  const [one, other] = [await service.issue('pro'), await service.issue('pro')];
  const body = { api_key: one.key, model: MODELS[0], prompt: 'x' };
  const id = (await service.post('/api/chat_v3', body)).headers.get('x-request-id') as string;
  const path = `/api/license/requests/${id}/receipt`;
  expect((await get(path, one.key)).status).toBe(200);
  for (const [asked, key] of [
    [path, other.key],
    [`/api/license/requests/${uuidv7()}/receipt`, one.key],
    ['/api/license/requests/none/receipt', one.key],
  ] as const) {
    const answer = await get(asked, key);
    expect([answer.status, answer.body.error]).toMatchObject([404, { code: 'not_found' }]);
    expect(answer.body).toMatchObject({ error: { message: expect.stringContaining('13 months') } });
  }
  // Pruned with its month: gone, and its month has no statement.
  await service.database.prisma.hold.delete({ where: { id } });
  expect((await get(path, one.key)).status).toBe(404);
  for (const month of ['2020-01', '0000-01', '2026-13', 'x']) {
    const answer = await get(`/api/license/statements/${month}`, one.key);
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ error: { message: expect.stringContaining('20') } });
  }
  // What has not ended has no receipt yet.
  await service.database.prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at, lease_ends_at)
    SELECT ${uuidv7()}::uuid, ${one.id}::uuid, 'openai', '2026-01', 1, 'pending', 'x', sahm_now(), sahm_now()`;
  const [pending] = await service.database.prisma.hold.findMany({ where: { state: 'pending' } });
  const early = await get(`/api/license/requests/${pending?.id}/receipt`, one.key);
  expect(early.body).toMatchObject({ error: { code: 'conflict' } });
  await service.database.prisma.hold.delete({ where: { id: pending?.id as string } });
});

test('a month of 20,000 requests is one file as JSON, as CSV and as a page', async () => {
  const { id, key } = await service.issue('vip');
  const { period } = await monthOf(key);
  const formula = '=HYPERLINK("https://evil.example")';
  await service.database.prisma.$executeRaw`
    INSERT INTO hold (id, license_id, provider, period, units, state, model, created_at, lease_ends_at,
      ended_at, prompt_tokens, completion_tokens)
    SELECT ('0190a000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${id}::uuid, 'openrouter',
      ${period}, 2, 'posted', CASE WHEN n = 1 THEN ${formula} ELSE 'مدل/<b>' || n % 3 END,
      sahm_now(), sahm_now(), sahm_now() - interval '1 second', 3, 4
    FROM generate_series(1, 20000) n`;
  const whole = await get(`/api/license/statements/${period}`, key);
  expect(await verdictOf(whole.body)).toMatchObject({
    kind: 'valid',
    content: { requests: { count: 20_000 } },
  });
  const csv = await get(`/api/license/statements/${period}?format=csv`, key);
  expect(csv.headers.get('content-disposition')).toContain(`statement-${period}.csv`);
  const lines = String(csv.body.text).trimEnd().split('\r\n');
  expect(lines).toHaveLength(20_001);
  expect(lines[1]).toContain(`'=HYPERLINK`);
  const headers = { Accept: 'text/html', 'Accept-Language': 'fa' };
  const path = `/admin/api/licenses/${id}/statements/${period}`;
  const page = await get(path, viewer, headers);
  const html = String(page.body.text);
  const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? '';
  const digest = createHash('sha256').update(style).digest('base64');
  expect(page.headers.get('content-security-policy')).toMatch(
    `default-src 'none'; style-src 'sha256-${digest}'`,
  );
  expect(html).toContain('<html lang="fa" dir="rtl">');
  expect(html).toContain('فروشگاه «سهم» &amp; پسران');
  expect(html).toContain('۴۰٬۰۰۰ درخواست');
  expect(html).toContain('مدل/&lt;b&gt;1');
  expect(html).not.toMatch(/<script|<b>|style="|\son\w+="/);
  for (const [language, direction, word] of [
    ['en', 'ltr', 'Monthly statement'],
    ['zh-TW', 'ltr', '月結單'],
  ] as const) {
    const other = await get(path, viewer, { ...headers, 'Accept-Language': language });
    expect(other.body.text).toContain(`lang="${language}" dir="${direction}"`);
    expect(other.body.text).toContain(word);
  }
});

test('a past month is final, and months before the license do not exist', async () => {
  const { id, key } = await service.issue('pro');
  const { period } = await monthOf(key);
  await service.database.prisma.$executeRaw`
    UPDATE license SET created_at = created_at - interval '1 month' WHERE id = ${id}::uuid`;
  const { body } = await get('/api/license/statements', key);
  const [now, before, ...none] = body.statements as Array<Record<string, unknown>>;
  expect(now).toMatchObject({ period, is_final: false });
  expect(before).toMatchObject({ is_final: true, ends_at: now?.begins_at });
  expect(none).toEqual([]);
  const theirs = await get(`/admin/api/licenses/${id}/statements`, viewer);
  expect(theirs.body).toEqual(body);
  const last = await get(`/api/license/statements/${before?.period}`, key);
  expect(last.body).toMatchObject({ requests: [], statement: { totals: [], is_final: true } });
  expect(await verdictOf(last.body)).toMatchObject({ kind: 'valid' });
});
