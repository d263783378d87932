// Codes: an operator makes them, anybody redeems them, each once.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeCode, readCode, showCode } from '../../src/domain/redemptionCode.js';
import { type Answer, type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';
import { held, mailedLinks, runJob } from './sellingFixture.js';

let service: Service;
let operator: string;
beforeAll(async () => {
  service = await startService({ env: { TRUST_PROXY: '1' } });
  operator = await service.signInAs('operator');
});
afterAll(() => service.close());

interface Listed {
  id: string;
  product: string;
  state: string;
  license_id: string | null;
  used_at: string | null;
  note: string;
}

let last = 0;
const newBuyer = () => `codes-${++last}@example.com`;
/** Another network for each caller, so that no test uses up the limits of another. */
const newAddress = () => `198.51.${Math.floor(++last / 250)}.${last % 250}`;

const asOperator = (method: string, path: string, body?: unknown) =>
  service.call(method, `/admin/api${path}`, { token: operator, body });

async function make(product: string, more: object = {}): Promise<string> {
  const made = await asOperator('POST', '/codes', { product, count: 1, ...more });
  expect(made.status).toBe(201);
  return (made.body.codes as string[])[0] as string;
}

function redeem(
  code: string,
  { key, ...body }: { key?: string; email?: string } = {},
  headers: Record<string, string> = {},
): Promise<Answer> {
  return service.call('POST', '/api/redeem', {
    token: key,
    body: { code, ...body },
    headers: { 'X-Forwarded-For': newAddress(), ...headers },
  });
}

async function newest(): Promise<Listed> {
  const { body } = await asOperator('GET', '/codes?limit=1');
  return (body.codes as Listed[])[0] as Listed;
}

const codeOf = ({ body }: Answer) => (body.error as { code: string } | undefined)?.code;
const messageOf = ({ body }: Answer) => (body.error as { message: string }).message;

describe('making codes', () => {
  test('shows each once, in groups to type; lists have everything else', async () => {
    const expires_at = new Date(Date.now() + 86_400_000).toISOString();
    const wanted = { product: 'pro-month', count: 3, expires_at, note: 'for the fair' };
    const { status, body } = await asOperator('POST', '/codes', wanted);
    expect(status).toBe(201);
    const codes = body.codes as string[];
    expect(new Set(codes).size).toBe(3);
    for (const code of codes) expect(code).toMatch(/^SAHM(-[0-9A-HJKMNP-TV-Z]{4}){4}$/);
    const page = await asOperator('GET', '/codes?limit=2');
    expect(page.body.codes).toHaveLength(2);
    const next = await asOperator('GET', `/codes?limit=1&cursor=${page.body.next_cursor}`);
    expect(next.body.codes).toEqual([
      {
        id: expect.any(String),
        product: 'pro-month',
        state: 'open',
        license_id: null,
        created_at: expect.any(String),
        expires_at,
        used_at: null,
        note: 'for the fair',
      },
    ]);
  });

  test.each([
    ['an unknown product', { product: '999' }, 'product'],
    ['none', { count: 0 }, 'count'],
    ['more than a thousand', { count: 1_001 }, 'count'],
    ['an expiry that is over', { expires_at: '2020-01-01' }, 'expires_at'],
    ['a note with a code', { note: `of ${showCode(makeCode(randomBytes))}` }, 'note'],
  ])('is refused for %s, which is named', async (_, change, field) => {
    const before = (await newest()).id;
    const refused = await asOperator('POST', '/codes', { product: '404', count: 1, ...change });
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request', details: { field } } },
    });
    expect((await newest()).id).toBe(before);
  });
});

describe('with a license key', () => {
  test('a plan extends the license, as a purchase of it does', async () => {
    const email = newBuyer();
    const first = await redeem(await make('pro-month'), { email });
    const key = first.body.key as string;
    const before = (await held(service, email))?.expires_at as string;
    const { status, body } = await redeem(await make('pro-month'), { key });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['license']);
    const license = body.license as Record<string, string>;
    expect(license).toMatchObject({ email, plan: 'pro', status: 'active' });
    expect(Date.parse(license.expires_at as string)).toBeGreaterThan(Date.parse(before));
  });

  test('an add-on becomes a grant, which the answer shows', async () => {
    const { id, key } = await service.issue('pro');
    const { status, body } = await redeem(await make('404'), { key });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      license: { id, plan: 'pro' },
      grant: { product: '404', provider: 'openrouter', units: 50, remaining: 50, status: 'active' },
    });
    expect(body).not.toHaveProperty('key');
    const own = await service.call('GET', '/api/license', { token: key });
    expect(own.body).toMatchObject({
      usage_breakdown: { openrouter: { limit: 800 } },
      grants: [body.grant],
    });
  });

  test('X-API-Key works too, and an e-mail address beside a key is ignored', async () => {
    const { id, key } = await service.issue('pro');
    const code = await make('404');
    const redeemed = await redeem(code, { email: newBuyer() }, { 'X-API-Key': key });
    expect(redeemed.body.license).toMatchObject({ id });
  });

  test('a note of administrators is not shown to the holder', async () => {
    const { id, key } = await service.issue('pro');
    await asOperator('PATCH', `/licenses/${id}`, { note: 'pays late' });
    const redeemed = await redeem(await make('404'), { key });
    expect(JSON.stringify(redeemed.body)).not.toContain('pays late');
  });

  test('a wrong key is refused, and the code stays open', async () => {
    const code = await make('404');
    const refused = await redeem(code, { key: `sahm_live_${'0'.repeat(36)}`, email: newBuyer() });
    expect([refused.status, codeOf(refused)]).toEqual([401, 'invalid_license_key']);
    expect(await newest()).toMatchObject({ state: 'open' });
  });
});

describe('without a key', () => {
  test('a license is issued to the e-mail address, with a key that works, and a link is mailed', async () => {
    const email = newBuyer();
    const { status, body } = await redeem(await make('vip-month'), { email });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['license', 'key']);
    expect(body.license).toMatchObject({ email, plan: 'vip', status: 'active' });
    const own = await service.call('GET', '/api/license', { token: body.key as string });
    expect(own.body).toMatchObject({ plan: 'vip', status: 'active' });
    await runJob(service, 'send-notices');
    expect(await mailedLinks(service.directory, email)).toEqual([
      expect.stringMatching(/\/claim\//),
    ]);
  });

  test('the license of an address is extended, and the caller sees nothing of it', async () => {
    const email = newBuyer();
    await redeem(await make('basic-month'), { email });
    const again = await redeem(await make('pro-month'), { email: email.toUpperCase() });
    expect([again.status, again.body]).toEqual([200, { license: null }]);
    expect(await held(service, email)).toMatchObject({ plan: 'pro', status: 'active' });
    const { prisma } = service.database;
    expect(await prisma.license.count({ where: { account: { email } } })).toBe(1);
  });

  test('a caller who only names an address does not get what it bought before', async () => {
    const email = newBuyer();
    const reports = [
      {
        shop: 'signed' as const,
        orderId: email,
        buyer: { email },
        facts: [
          {
            shop: 'signed' as const,
            orderId: email,
            lineId: '1',
            kind: 'bought' as const,
            reference: '',
            occurredAt: new Date(),
            products: ['id:406'],
            quantity: 1,
          },
        ],
      },
    ];
    const delivery = { shop: 'signed' as const, body: Buffer.from('{}'), headers: {} };
    const reading = { topic: 'bought', deliveryId: '', reports };
    const waiting = await service.deps.selling.purchases.record(delivery, reading);
    expect(waiting.outcome).toBe('waiting');
    const { body } = await redeem(await make('basic-month'), { email });
    expect(body).toEqual({ license: null });
    expect((await held(service, email))?.grants).toMatchObject([{ product: '406' }]);
  });

  test('neither key nor address: 400 that names the address', async () => {
    const code = await make('pro-month');
    expect(await redeem(code)).toMatchObject({
      status: 400,
      body: { error: { code: 'invalid_request', details: { field: 'email' } } },
    });
    expect(await newest()).toMatchObject({ state: 'open' });
  });
});

describe('once, for good', () => {
  test('of twenty at once one gets it, and the others learn that it was used', async () => {
    const code = await make('406');
    const holders = await Promise.all(Array.from({ length: 20 }, () => service.issue('pro')));
    const answers = await Promise.all(holders.map(({ key }) => redeem(code, { key })));
    const told = answers.map(answer => codeOf(answer) ?? 'redeemed').sort();
    expect(told).toEqual([...Array(19).fill('code_used'), 'redeemed']);
    const { id, license_id } = await newest();
    const winner = holders[answers.findIndex(({ status }) => status === 200)];
    expect(license_id).toBe(winner?.id);
    const { prisma } = service.database;
    expect(
      await prisma.grant.count({ where: { licenseId: { in: holders.map(each => each.id) } } }),
    ).toBe(1);
    expect(await prisma.purchaseFact.count({ where: { orderId: id } })).toBe(1);
  });

  test('of twenty e-mail addresses at once one gets a license', async () => {
    const code = await make('pro-month');
    const emails = Array.from({ length: 20 }, newBuyer);
    const answers = await Promise.all(emails.map(email => redeem(code, { email })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const { prisma } = service.database;
    expect(await prisma.license.count({ where: { account: { email: { in: emails } } } })).toBe(1);
  });

  test('a repetition after a lost answer gets the same refusal each time and has no second effect', async () => {
    const { id, key } = await service.issue('pro');
    const code = await make('404');
    await redeem(code, { key });
    const again = [await redeem(code, { key }), await redeem(code, { key })];
    for (const { status, headers, body } of again) {
      expect([status, headers.get('x-should-retry')]).toEqual([409, 'false']);
      expect(body).toEqual(again[0]?.body);
    }
    expect(codeOf(again[0] as Answer)).toBe('code_used');
    expect(await service.deps.admin.grants.list(id)).toHaveLength(1);
  });

  test('a withdrawal and a redemption at once: one of them counts', async () => {
    for (let round = 0; round < 5; round++) {
      const { key } = await service.issue('pro');
      const code = await make('404');
      const { id } = await newest();
      const [redeemed, withdrawn] = await Promise.all([
        redeem(code, { key }),
        asOperator('DELETE', `/codes/${id}`),
      ]);
      expect([redeemed.status, withdrawn.status].sort()).toEqual(
        (await newest()).state === 'used' ? [200, 409] : [200, 404],
      );
    }
  });

  test.each([
    ['in small letters without hyphens', (code: string) => code.toLowerCase().replaceAll('-', '')],
    [
      'with spaces, and without the word',
      (code: string) => ` ${code.slice(5).replaceAll('-', ' ')} `,
    ],
    [
      'in Persian digits',
      (code: string) => code.replace(/\d/g, digit => String.fromCodePoint(0x6f0 + Number(digit))),
    ],
  ])('it may be typed %s', async (_, write) => {
    const { key } = await service.issue('pro');
    expect((await redeem(write(await make('404')), { key })).status).toBe(200);
  });
});

describe('what cannot be redeemed', () => {
  test('an unknown, a malformed and a withdrawn code get one answer', async () => {
    const withdrawn = await make('404');
    const { id } = await newest();
    for (let times = 0; times < 2; times++) {
      const done = await asOperator('DELETE', `/codes/${id}`);
      expect(done).toMatchObject({ status: 200, body: { code: { id, state: 'withdrawn' } } });
    }
    const { key } = await service.issue('pro');
    const answers = [];
    for (const code of [withdrawn, showCode(makeCode(randomBytes)), 'x', 'SAHM', '🎁']) {
      answers.push(await redeem(code, { key }));
    }
    expect(answers.map(codeOf)).toEqual(Array(5).fill('code_not_found'));
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(404);
  });

  test('a used code cannot be withdrawn', async () => {
    const { key } = await service.issue('pro');
    await redeem(await make('404'), { key });
    const { id } = await newest();
    const refused = await asOperator('DELETE', `/codes/${id}`);
    expect([refused.status, codeOf(refused)]).toEqual([409, 'conflict']);
    expect(await newest()).toMatchObject({ id, state: 'used' });
  });

  test('an expired one is refused and shown as expired', async () => {
    const { key } = await service.issue('pro');
    const code = await make('404', { expires_at: new Date(Date.now() + 120_000).toISOString() });
    await shiftClock(service.database.prisma, '3 minutes');
    const refused = await redeem(code, { key });
    const shown = await newest();
    await shiftClock(service.database.prisma, '0');
    expect([refused.status, codeOf(refused), shown.state]).toEqual([
      409,
      'code_expired',
      'expired',
    ]);
  });

  test('an add-on needs a license, whether the address has one or not; the code stays open', async () => {
    const email = newBuyer();
    await redeem(await make('pro-month'), { email });
    const code = await make('404');
    const answers = [await redeem(code, { email }), await redeem(code, { email: newBuyer() })];
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([409, 'code_not_usable']);
      expect(messageOf(answer)).toBe(messageOf(answers[0] as Answer));
    }
    expect(await newest()).toMatchObject({ state: 'open' });
    expect((await held(service, email))?.grants).toEqual([]);
  });

  test('an add-on above the plan is refused with the plan that it needs; with that plan the code works', async () => {
    const { id, key } = await service.issue('pro');
    const code = await make('516');
    const refused = await redeem(code, { key });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'code_not_usable']);
    expect(messageOf(refused)).toMatch(/VIP.*PRO/);
    expect(await newest()).toMatchObject({ state: 'open' });
    await asOperator('PATCH', `/licenses/${id}`, { plan: 'vip' });
    expect((await redeem(code, { key })).body).toMatchObject({ grant: { status: 'active' } });
  });

  test('a suspended license redeems nothing, an expired one only a plan, which brings it back', async () => {
    const { id, key } = await service.issue('pro');
    const addon = await make('404');
    const plan = await make('pro-month');
    await asOperator('POST', `/licenses/${id}/suspend`, {});
    for (const code of [addon, plan]) {
      const refused = await redeem(code, { key });
      expect([codeOf(refused), messageOf(refused)]).toEqual([
        'code_not_usable',
        expect.stringContaining('suspended'),
      ]);
    }
    await asOperator('POST', `/licenses/${id}/reinstate`, {});
    await asOperator('PATCH', `/licenses/${id}`, { expires_at: '2020-01-01' });
    expect(messageOf(await redeem(addon, { key }))).toContain('expired');
    expect((await redeem(plan, { key })).body.license).toMatchObject({ id, status: 'active' });
    expect((await redeem(addon, { key })).status).toBe(200);
  });

  test('for a product that is not sold any more the refusal says so, and the code stays open', async () => {
    const { key } = await service.issue('pro');
    const code = await make('404');
    const { id } = await newest();
    const { prisma } = service.database;
    await prisma.$executeRaw`UPDATE redemption_code SET product_id = 'gone' WHERE id = ${id}::uuid`;
    const refused = await redeem(code, { key });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'code_not_usable']);
    expect(await newest()).toMatchObject({ state: 'open' });
  });

  test('is said in the caller’s language', async () => {
    const { key } = await service.issue('pro');
    const code = await make('404');
    await redeem(code, { key });
    const said = async (language: string) =>
      messageOf(await redeem(code, { key }, { 'Accept-Language': language }));
    expect(await said('en')).toBe('This code was used already. Each code works once.');
    expect(await said('fa')).toMatch(/این کد/);
    expect(await said('zh-TW')).toMatch(/兌換碼/);
  });
});

describe('guessing', () => {
  const guess = (headers: Record<string, string>) =>
    redeem(showCode(makeCode(randomBytes)), { email: newBuyer() }, headers);

  test('is limited by address, and then a right code is refused too', async () => {
    const code = await make('pro-month');
    const headers = { 'X-Forwarded-For': '192.0.2.1' };
    const answers = await Promise.all(Array.from({ length: 40 }, () => guess(headers)));
    expect(answers.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(31);
    const limited = await redeem(code, { email: newBuyer() }, headers);
    expect([limited.status, codeOf(limited)]).toEqual([429, 'rate_limited']);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await newest()).toMatchObject({ state: 'open' });
    expect((await redeem(code, { email: newBuyer() })).status).toBe(200);
  });

  test('is limited by license, from whatever address', async () => {
    const { key } = await service.issue('pro');
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => redeem(showCode(makeCode(randomBytes)), { key })),
    );
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(9);
    const { key: other } = await service.issue('pro');
    expect((await redeem(await make('404'), { key: other })).status).toBe(200);
  });

  test('many people with right codes at one address are not limited', async () => {
    const headers = { 'X-Forwarded-For': '192.0.2.2' };
    for (let person = 0; person < 35; person++) {
      const code = await make('basic-month');
      expect((await redeem(code, { email: newBuyer() }, headers)).status).toBe(200);
    }
  });
});

describe('afterwards', () => {
  test('each change of a code is in the audit log, with who made it', async () => {
    const { id: licenseId, key } = await service.issue('pro');
    const used = await make('404', { note: 'a prize' });
    const { id } = await newest();
    await redeem(used, { key });
    const audit = async (code: string) => {
      const { body } = await asOperator('GET', `/audit?subject=code:${code}`);
      return body.entries as Array<Record<string, unknown>>;
    };
    expect(await audit(id)).toMatchObject([
      {
        action: 'code.redeem',
        actor: 'holder',
        address: expect.stringMatching(/^198\.51\./),
        before: { state: 'open' },
        after: { state: 'used', product: '404', license_id: licenseId },
      },
      {
        action: 'code.create',
        actor: expect.stringMatching(/^operator-/),
        after: { product: '404', note: 'a prize', expires_at: null },
      },
    ]);
    await make('404');
    const other = (await newest()).id;
    await asOperator('DELETE', `/codes/${other}`);
    await asOperator('DELETE', `/codes/${other}`);
    expect((await audit(other)).map(({ action }) => action)).toEqual([
      'code.withdraw',
      'code.create',
    ]);
  });

  test('the inbox has it as an event, and the license’s timeline as a purchase', async () => {
    const { id: licenseId, key } = await service.issue('pro');
    await redeem(await make('404'), { key });
    const { id } = await newest();
    const { body } = await asOperator('GET', '/purchases?shop=codes&limit=1');
    const [event] = body.purchases as Array<{ id: string }>;
    expect(event).toMatchObject({
      shop: 'codes',
      topic: 'redeemed',
      order: id,
      outcome: 'applied',
    });
    const shown = await asOperator('GET', `/purchases/${event?.id}`);
    const { body: delivered, acts } = shown.body.purchase as { body: string; acts: string[] };
    expect(JSON.parse(delivered)).toEqual({ code: id, product: '404', license_id: licenseId });
    expect(acts).toEqual([]);
    const timeline = await asOperator('GET', `/licenses/${licenseId}/timeline`);
    expect(timeline.body.events).toContainEqual(
      expect.objectContaining({
        event: 'purchase.bought',
        actor: 'codes',
        details: expect.objectContaining({ order: id }),
      }),
    );
    const found = await asOperator('GET', `/licenses?order=${id}`);
    expect(found.body.licenses).toMatchObject([{ id: licenseId }]);
    expect(await asOperator('POST', `/purchases/${event?.id}/replay`)).toMatchObject({
      status: 404,
    });
    expect((await held(service, (await emailOf(licenseId)) as string))?.grants).toHaveLength(1);
  });

  test('no row of the database has a code in it, used or not', async () => {
    const { key } = await service.issue('pro');
    const codes = [await make('404'), await make('404'), await make('pro-month')];
    await redeem(codes[0] as string, { key });
    await redeem(codes[2] as string, { email: newBuyer() });
    await redeem(codes[0] as string, { key });
    const { prisma } = service.database;
    const tables = await prisma.$queryRaw<Array<{ name: string }>>`
      SELECT table_name::text AS name FROM information_schema.tables
      WHERE table_schema = current_schema()`;
    for (const { name } of tables) {
      const rows = await prisma.$queryRawUnsafe<Array<{ text: string }>>(
        `SELECT row_to_json(each)::text AS text FROM "${name}" each`,
      );
      const all = rows.map(({ text }) => text).join('\n');
      for (const code of codes) {
        const canonical = readCode(code) as string;
        const hex = Buffer.from(canonical).toString('hex');
        for (const form of [code, canonical, hex]) {
          expect([name, all.toLowerCase().includes(form.toLowerCase())]).toEqual([name, false]);
        }
      }
    }
  });

  test('no refusal repeats a code', async () => {
    const code = await make('404');
    const parts = [code.slice(-9), (readCode(code) as string).slice(-8)];
    for (const body of [
      { [code]: 1 },
      { code: { [code]: 1 } },
      { code: `${code}${'0'.repeat(100)}`, email: newBuyer() },
      { code, email: code },
      { code, [code]: code },
    ]) {
      const refused = await service.post('/api/redeem', body, { 'X-Forwarded-For': newAddress() });
      expect(refused.status).toBe(400);
      for (const part of parts) expect(JSON.stringify(refused.body)).not.toContain(part);
    }
  });

  test('the ledger is right, and the license’s balance with it', async () => {
    expect(await service.deps.admin.findProblems()).toEqual([]);
  });
});

async function emailOf(licenseId: string): Promise<string | undefined> {
  const license = await service.database.prisma.license.findUnique({
    where: { id: licenseId },
    include: { account: true },
  });
  return license?.account.email;
}
