import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { perProvider } from '../../src/domain/provider.js';
import { shiftClock } from '../harness/testDatabase.js';
import { type Administration, openAdministration } from './administration.js';

let administration: Administration;
let call: Administration['call'];
let operator: string;
beforeAll(async () => {
  administration = await openAdministration();
  call = administration.call;
  operator = await administration.signInAs('operator');
});
afterAll(async () => {
  expect(await administration.findProblems()).toEqual([]);
  await administration.close();
});

const LICENSES = '/admin/api/licenses';
const send = (method: 'post' | 'patch' | 'delete', path: string, body?: object) =>
  call(method, LICENSES + path, operator).send(body);
const show = async (id: string) => (await call('get', `${LICENSES}/${id}`, operator)).body;
const breakdown = async (id: string) => (await show(id)).usage_breakdown;

async function use(
  key: string,
  provider: 'openrouter' | 'openai',
  times: number,
): Promise<string[]> {
  return Promise.all(Array.from({ length: times }, () => administration.use(key, provider)));
}

describe('the plan', () => {
  test('gives the month its limit, before the first request too', async () => {
    const { id } = await administration.issue(operator, { plan: 'basic' });
    const none = { used: 0, limit: 0, remaining: 0, held: 0, plan_limit: 0, addon_limit: 0 };
    expect(await breakdown(id)).toEqual({
      ...perProvider(() => none),
      openrouter: { ...none, limit: 150, remaining: 150, plan_limit: 150 },
    });
  });

  test('when it changes, the limit of this month changes at once and what is used stays', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await use(key, 'openrouter', 3);
    expect((await send('patch', `/${id}`, { plan: 'Vip' })).body.license.plan).toBe('vip');
    expect(await breakdown(id)).toMatchObject({
      openrouter: { used: 3, limit: 750, remaining: 747 },
      openai: { used: 0, limit: 80, remaining: 80 },
    });
    expect(await use(key, 'openai', 1)).toEqual(['held']);
    await send('patch', `/${id}`, { plan: 'basic' });
    expect(await breakdown(id)).toMatchObject({
      openrouter: { used: 3, limit: 150, remaining: 147 },
      openai: { used: 1, limit: 0, remaining: 0 },
    });
    expect(await use(key, 'openai', 1)).toEqual(['full']);
  });

  test("gives way to the license's own limits, until they are null again", async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await use(key, 'openrouter', 2);
    await send('patch', `/${id}`, { limits: { openrouter: 2 } });
    expect((await breakdown(id)).openrouter).toMatchObject({ used: 2, limit: 2, plan_limit: 2 });
    expect(await use(key, 'openrouter', 1)).toEqual(['full']);
    await send('patch', `/${id}`, { plan: 'pro' });
    expect((await breakdown(id)).openrouter).toMatchObject({ plan_limit: 2 });
    await send('patch', `/${id}`, { limits: { openrouter: null } });
    expect((await breakdown(id)).openrouter).toMatchObject({ used: 2, plan_limit: 750 });
  });

  test.each([
    [{ limits: { openrouter: -1 } }, 'limits.openrouter'],
    [{ limits: { openai: 1.5 } }, 'limits.openai'],
    [{ limits: { openai: '5' } }, 'limits.openai'],
    [{ limits: null }, 'limits'],
    [{ plan: null }, 'plan'],
    [{ plan: 'gold', note: 'must not be written' }, 'plan'],
  ])('%j is refused and changes nothing', async (body, field) => {
    const { id } = await administration.issue(operator, { plan: 'basic' });
    const before = await show(id);
    const refused = await send('patch', `/${id}`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.error.details).toEqual({ field });
    expect(await show(id)).toEqual(before);
  });
});

describe('an add-on', () => {
  test('counts at once, after the month is used up, and twice when two are given', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await send('patch', `/${id}`, { limits: { openrouter: 1 } });
    expect(await use(key, 'openrouter', 1)).toEqual(['held']);
    expect(await use(key, 'openrouter', 1)).toEqual(['full']);
    const given = await send('post', `/${id}/grants`, { product: '404', quantity: 2 });
    expect(given.status).toBe(201);
    expect(given.body.grant).toEqual({
      id: expect.any(String),
      product: '404',
      provider: 'openrouter',
      units: 100,
      remaining: 100,
      lasts: 'until-used',
      status: 'active',
      source: 'administrator',
      created_at: expect.any(String),
    });
    const after = { used: 1, limit: 101, remaining: 100, held: 0, plan_limit: 1, addon_limit: 100 };
    expect(given.body.usage_breakdown.openrouter).toEqual(after);
    await use(key, 'openrouter', 3);
    const page = await show(id);
    expect(page.usage_breakdown.openrouter).toEqual({ ...after, used: 4, remaining: 97 });
    expect(page.grants).toEqual([{ ...given.body.grant, remaining: 97 }]);
  });

  test('for GPT waits on PRO, and becomes active with VIP: its units count at once', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'pro' });
    const given = await send('post', `/${id}/grants`, { product: '516' });
    expect(given.status).toBe(201);
    expect(given.body.grant).toMatchObject({ status: 'waiting', units: 50, remaining: 50 });
    expect(given.body.usage_breakdown.openai).toMatchObject({ limit: 0, addon_limit: 0 });
    expect(await use(key, 'openai', 1)).toEqual(['full']);

    await send('patch', `/${id}`, { plan: 'vip' });
    const vip = await show(id);
    expect(vip.grants[0].status).toBe('active');
    expect(vip.usage_breakdown.openai).toMatchObject({
      limit: 130,
      plan_limit: 80,
      addon_limit: 50,
    });
    expect(await use(key, 'openai', 81)).not.toContain('full');

    await send('patch', `/${id}`, { plan: 'pro' });
    const pro = await show(id);
    expect(pro.grants[0]).toMatchObject({ status: 'waiting', remaining: 49 });
    expect(await use(key, 'openai', 1)).toEqual(['full']);
  });

  test('of units needs a reason, and waits if no model of the plan could use them', async () => {
    const { id } = await administration.issue(operator, { plan: 'basic' });
    const give = (body: object) => send('post', `/${id}/grants`, body);
    const openrouter = await give({ provider: 'openrouter', units: 7, reason: 'an apology' });
    expect(openrouter.body.grant).toMatchObject({ product: null, units: 7, status: 'active' });
    const openai = await give({ provider: 'openai', units: 7, reason: 'an apology' });
    expect(openai.body.grant.status).toBe('waiting');
    const { error } = (await give({ provider: 'openai', units: 7 })).body;
    expect(error).toMatchObject({ code: 'invalid_request', details: { field: 'reason' } });
  });

  test('withdrawn loses what is unused, keeps what is used, and can be withdrawn twice', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await send('patch', `/${id}`, { limits: { openrouter: 0 } });
    const { body } = await send('post', `/${id}/grants`, { product: '404' });
    const other = await send('post', `/${id}/grants`, { product: '405' });
    await use(key, 'openrouter', 3);
    const path = `/${id}/grants/${body.grant.id}`;
    for (const withdrawn of [await send('delete', path), await send('delete', path)]) {
      expect(withdrawn.status).toBe(200);
      expect(withdrawn.body.grant).toMatchObject({ status: 'revoked', units: 50, remaining: 0 });
      expect(withdrawn.body.usage_breakdown.openrouter).toMatchObject({
        used: 3,
        limit: 253,
        remaining: 250,
      });
    }
    expect((await show(id)).grants[1]).toMatchObject({ id: other.body.grant.id, remaining: 250 });
    const entries = await administration.prisma.auditEntry.count({
      where: { subject: `license:${id}`, action: 'grant.withdraw' },
    });
    expect(entries).toBe(1);
  });

  test('that is used up shows it', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await send('patch', `/${id}`, { limits: { openrouter: 0 } });
    await send('post', `/${id}/grants`, { provider: 'openrouter', units: 2, reason: 'a trial' });
    await use(key, 'openrouter', 2);
    expect((await show(id)).grants[0]).toMatchObject({ status: 'used', remaining: 0 });
  });

  test.each([
    [{ product: 'none' }, 'product'],
    [{ product: 'vip-month' }, 'product'],
    [{}, 'product'],
    [{ product: '404', quantity: 0 }, 'quantity'],
    [{ product: '404', quantity: 1.5 }, 'quantity'],
    [{ provider: 'other', units: 1, reason: 'x' }, 'provider'],
    [{ provider: 'openai', units: 0, reason: 'x' }, 'units'],
    [{ provider: 'openai', units: 1e18, reason: 'x' }, 'units'],
    [{ provider: 'openai', units: 1, reason: '' }, 'reason'],
  ])('%j is refused', async (body, field) => {
    const { id } = await administration.issue(operator, { plan: 'vip' });
    const refused = await send('post', `/${id}/grants`, body);
    expect(refused.status).toBe(400);
    expect(refused.body.error.details).toEqual({ field });
  });
});

describe('add-ons of a month and of a subscription', () => {
  /** Inserts a grant as a shop would sell it: the shipped catalogue has none of these. */
  async function insert(licenseId: string, lasts: 'month' | 'subscription', period: string | null) {
    const { prisma, licenses } = administration;
    const id = crypto.randomUUID();
    const data = { id, licenseId, lasts, period, units: 10n, entitled: 10n };
    const rest = { provider: 'openrouter', minimumPlan: 'pro', state: 'waiting', source: 'test' };
    await prisma.grant.create({ data: { ...data, ...rest } });
    // Any change of the plan brings license and grants in line.
    for (const plan of ['vip', 'pro']) {
      await licenses.change(
        licenseId,
        { plan },
        { administratorId: null, name: 'test', address: '' },
      );
    }
    return id;
  }
  const thisMonth = () => new Date().toISOString().slice(0, 7);

  test('count in the month, whether it is open already or not', async () => {
    for (const isOpen of [true, false]) {
      const { id, key } = await administration.issue(operator, { plan: 'basic' });
      if (isOpen) await use(key, 'openrouter', 1);
      const month = await insert(id, 'month', thisMonth());
      await insert(id, 'month', '2020-01');
      await insert(id, 'subscription', null);
      const page = await show(id);
      expect(page.usage_breakdown.openrouter).toMatchObject({ plan_limit: 750, addon_limit: 20 });
      expect(page.grants.map((grant: { status: string }) => grant.status)).toEqual([
        'active',
        'expired',
        'active',
      ]);
      const withdrawn = await send('delete', `/${id}/grants/${month}`);
      expect(withdrawn.body.usage_breakdown.openrouter).toMatchObject({ addon_limit: 10 });
      await send('patch', `/${id}`, { plan: 'basic' });
      expect((await breakdown(id)).openrouter).toMatchObject({ plan_limit: 150, addon_limit: 0 });
    }
  });

  test('in the next month only the subscription is left', async () => {
    const { id, key } = await administration.issue(operator, { plan: 'basic' });
    await insert(id, 'month', thisMonth());
    await insert(id, 'subscription', null);
    await shiftClock(administration.prisma, '32 days');
    operator = await administration.signInAs('operator');
    expect((await breakdown(id)).openrouter).toMatchObject({ used: 0, limit: 760 });
    expect(await use(key, 'openrouter', 1)).toEqual(['held']);
    expect((await breakdown(id)).openrouter).toMatchObject({ used: 1, limit: 760 });
    await shiftClock(administration.prisma, '0');
    operator = await administration.signInAs('operator');
  });
});

test('changes and requests at the same time: no deadlock, and every counter is right', async () => {
  const { id, key } = await administration.issue(operator, { plan: 'vip' });
  const changes = async () => {
    for (const plan of ['pro', 'vip', 'basic', 'vip']) {
      const changed = await send('patch', `/${id}`, { plan });
      const given = await send('post', `/${id}/grants`, { product: '516' });
      const withdrawn = await send('delete', `/${id}/grants/${given.body.grant.id}`);
      expect([changed.status, given.status, withdrawn.status]).toEqual([200, 201, 200]);
    }
  };
  let posted = 0;
  const requests = async () => {
    for (let round = 0; round < 15; round++) {
      const results = await use(key, 'openai', 4);
      posted += results.filter(result => result === 'held').length;
    }
  };
  await Promise.all([changes(), changes(), requests(), requests()]);
  expect((await breakdown(id)).openai).toMatchObject({ used: posted, held: 0, plan_limit: 80 });
  expect(await administration.findProblems()).toEqual([]);
});
