import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseSetCookie } from 'cookie';
import { until } from '../harness/load.js';
import { findProgram } from '../harness/program.js';
import { shiftClock } from '../harness/testDatabase.js';
import { testWhere } from '../harness/testWhere.js';
import {
  held,
  inbox,
  mailedLinks,
  report,
  runJob,
  type Selling,
  SIGNED_SECRET,
  signFact,
  startSelling,
} from './sellingFixture.js';

const run = promisify(execFile);
let selling: Selling;
beforeAll(async () => {
  selling = await startSelling();
});
afterAll(() => selling.close());

let last = 0;
const newBuyer = () => `signed-${++last}@example.com`;
const has = (email: string) => held(selling.service, email);
const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

function fact(email: string, kind: string, product: string, more: object = {}) {
  return {
    order_id: `${email}-${product}`,
    line_id: '1',
    fact: kind,
    product,
    quantity: 1,
    email,
    occurred_at: at(0),
    ...more,
  };
}
const isKept = (reason: string) => reason.endsWith('many came at once');
const say = (...parameters: Parameters<typeof fact>) =>
  report(selling.service, fact(...parameters));

describe('facts', () => {
  test('buy, repeat, add, refund units, cancel', async () => {
    const email = newBuyer();
    const bought = fact(email, 'bought', 'pro-month');
    expect(await report(selling.service, bought)).toBe('applied');
    expect(await report(selling.service, bought)).toBe('duplicate');
    expect(await say(email, 'bought', '404', { quantity: 2 })).toBe('applied');
    expect((await has(email))?.openrouter.limit).toBe(750 + 100);
    expect(await say(email, 'refunded', '404', { units: 30 })).toBe('applied');
    expect((await has(email))?.openrouter.limit).toBe(750 + 70);
    expect(await say(email, 'cancelled', 'pro-month')).toBe('applied');
    expect(await has(email)).toMatchObject({ status: 'expired' });
  });

  test('a customer is one account by the id of the shop, and a named license gets the add-on', async () => {
    const email = newBuyer();
    await say(email, 'bought', 'pro-month', { customer_id: 'c-7' });
    const { email: _, ...anonymous } = fact(email, 'bought', '405', { customer_id: 'c-7' });
    expect(await report(selling.service, anonymous)).toBe('applied');
    expect((await has(email))?.openrouter.limit).toBe(750 + 250);
    const { id } = await selling.service.issue('pro');
    await say(email, 'bought', '406', { license_id: id, order_id: 'gift' });
    expect((await has(email))?.openrouter.limit).toBe(750 + 250);
    const usage = await selling.service.deps.chat.ledger.usage(id);
    expect(usage.quotas.openrouter.grantsUnspent).toBe(1000);
  });

  test('an upgrade counts at once, keeps what is used, and ends back in the lower plan', async () => {
    const email = newBuyer();
    await say(email, 'bought', 'basic-year');
    const { prisma } = selling.service.database;
    const { id } = await prisma.license.findFirstOrThrow({ where: { account: { email } } });
    await selling.service.deps.chat.ledger.usage(id);
    await say(email, 'bought', 'vip-month');
    expect(await has(email)).toMatchObject({ plan: 'vip', openrouter: { limit: 750 } });
    await shiftClock(prisma, '33 days');
    await runJob(selling.service, 'apply-waiting-purchases');
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active' });
    await shiftClock(prisma, '0');
  });

  test('the plan that an administrator gave stays below what is bought, and a correction stays', async () => {
    const email = newBuyer();
    const { licenses } = selling.service.deps.admin;
    const by = { administratorId: null, name: 'test', address: '' };
    const issued = await licenses.issue({ email, plan: 'basic' }, by);
    if (issued.kind === 'refusal') throw new Error(issued.code);
    await say(email, 'bought', 'vip-month');
    // The end of VIP, after which the other plan goes on without an end.
    expect(await has(email)).toMatchObject({ plan: 'vip', expires_at: expect.any(String) });
    await say(email, 'refunded', 'vip-month', {});
    expect(await has(email)).toMatchObject({ plan: 'basic', status: 'active', expires_at: null });
    await licenses.change(issued.license.id, { plan: 'pro' }, by);
    await say(email, 'bought', '404');
    expect(await has(email)).toMatchObject({ plan: 'pro' });
  });

  test('a license is not issued twice when two plans come at once', async () => {
    const email = newBuyer();
    await Promise.all(
      ['pro-month', 'vip-month', '404', '516'].map(product => say(email, 'bought', product)),
    );
    // Deliveries that waited too long for a turn are stored, and applied right after.
    await until(async () => !(await inbox(selling.service)).some(([, reason]) => isKept(reason)));
    expect(await has(email)).toMatchObject({
      plan: 'vip',
      openrouter: { limit: 800 },
      openai: { limit: 130 },
    });
    const { prisma } = selling.service.database;
    expect(await prisma.license.count({ where: { account: { email } } })).toBe(1);
  });
});

describe('the wire', () => {
  const send = (body: string, signature: string) =>
    selling.service.post('/webhooks/purchases', body, { 'X-Signature': signature });

  test('unsigned, altered, stale, future-dated: 401; signed but wrong: kept', async () => {
    const { prisma } = selling.service.database;
    const before = await prisma.purchaseEvent.count();
    const body = JSON.stringify(fact(newBuyer(), 'bought', 'pro-month'));
    const now = Math.floor(Date.now() / 1000);
    for (const signature of [
      '',
      't=1',
      signFact(`${body} `),
      signFact(body, now - 301),
      signFact(body, now + 302),
    ]) {
      expect((await send(body, signature)).status).toBe(401);
    }
    expect(await prisma.purchaseEvent.count()).toBe(before);
    for (const wrong of ['{}', 'x', JSON.stringify({ ...JSON.parse(body), product: undefined })]) {
      expect(await send(wrong, signFact(wrong))).toMatchObject({
        status: 200,
        body: { outcome: 'failed' },
      });
    }
  });

  test('the clock that decides is the database’s', async () => {
    const { prisma } = selling.service.database;
    const body = JSON.stringify(fact(newBuyer(), 'bought', 'pro-month'));
    await shiftClock(prisma, '10 minutes');
    expect((await send(body, signFact(body))).status).toBe(401);
    const then = Math.floor(Date.now() / 1000) + 600;
    expect((await send(body, signFact(body, then))).status).toBe(200);
    await shiftClock(prisma, '0');
  });

  test('50 at once are all accepted, and each issues its license once', async () => {
    const bodies = Array.from({ length: 50 }, () =>
      JSON.stringify(fact(newBuyer(), 'bought', 'pro-month')),
    );
    const answers = await Promise.all(bodies.map(body => send(body, signFact(body))));
    expect(answers.map(answer => answer.status)).toEqual(Array(50).fill(200));
    const issued = () =>
      selling.service.database.prisma.license.count({
        where: { account: { email: { in: bodies.map(body => JSON.parse(body).email) } } },
      });
    // Deliveries that waited too long were stored, and are applied right after.
    for (let tries = 0; tries < 200 && (await issued()) < 50; tries++) await sleep(100);
    expect(await issued()).toBe(50);
  });

  test('a shop without its secret is off, and an empty secret does not start', async () => {
    const { loadConfig } = await import('../../src/config.js');
    expect(() => loadConfig({ PURCHASE_WEBHOOK_SECRET: '' })).toThrow(/PURCHASE_WEBHOOK_SECRET/);
    expect(() => loadConfig({ STRIPE_WEBHOOK_SECRET: 'whsec_a, ' })).toThrow(
      /STRIPE_WEBHOOK_SECRET/,
    );
    const { startService } = await import('../harness/service.js');
    const bare = await startService();
    for (const path of ['stripe', 'woocommerce', 'purchases']) {
      expect((await bare.post(`/webhooks/${path}`, '{}')).status).toBe(503);
    }
    const checkout = await bare.post('/api/checkout', { product: '404' });
    expect([checkout.status, checkout.headers.get('retry-after')]).toEqual([503, '3600']);
    expect(JSON.stringify(checkout.body)).toContain('no shop with a checkout is set up');
    await bare.close();
  });

  async function sampleIsAccepted(program: string, file: string): Promise<void> {
    const email = newBuyer();
    const { stdout } = await run(program, [file, selling.service.url, email], {
      env: { ...process.env, NODE_OPTIONS: '', PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET },
    });
    expect(stdout).toMatch(/^200 /);
    expect(await has(email)).toMatchObject({ plan: 'vip' });
  }
  test('the sample sender in JavaScript is accepted', () =>
    sampleIsAccepted('node', 'docs/samples/report-purchase.mjs'));
  testWhere(findProgram('php') !== undefined, 'php-cli')(
    'the sample sender in PHP is accepted',
    () => sampleIsAccepted('php', 'docs/samples/report-purchase.php'),
  );
});

describe('the key reaches the buyer', () => {
  /** A link of this kind that was mailed to the address. */
  async function mailedLink(email: string, kind: 'claim' | 'sign-in'): Promise<string> {
    for (let tries = 0; tries < 50; tries++) {
      const links = await mailedLinks(selling.service.directory, email);
      const fresh = links.find(link => link.includes(`/${kind}/`));
      if (fresh) return new URL(fresh).pathname;
      await runJob(selling.service, 'send-notices');
    }
    throw new Error('no mail');
  }

  test('by a mailed claim link once; later by a mailed sign-in link; to nobody else', async () => {
    const email = newBuyer();
    await say(email, 'bought', 'pro-month');
    const claim = await mailedLink(email, 'claim');
    const page = await fetch(selling.service.url + claim);
    expect(page.headers.get('content-type')).toMatch('html');
    const claimed = await selling.service.post(claim, '');
    expect(claimed).toMatchObject({ status: 200, body: { license: { email, plan: 'pro' } } });
    expect((await selling.service.post(claim, '')).status).toBe(404);

    const answers = await Promise.all(
      [email, 'nobody@example.com'].map(address =>
        selling.service.post('/api/sign-in', { email: address }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [202, { sent: true }],
      [202, { sent: true }],
    ]);
    const link = await mailedLink(email, 'sign-in');
    // The body has no meaning here, and is not read.
    const signedIn = await selling.service.post(`/api${link}`, '{"not": "read"');
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(parseSetCookie(cookie)).toMatchObject({
      name: 'sahm_session',
      value: expect.stringMatching(/^[\w-]{43}$/),
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
      maxAge: 24 * 3600,
    });
    expect((await selling.service.post(`/api${link}`, '')).status).toBe(404);
    const session = { Cookie: cookie.split(';')[0] as string };
    const revealed = await selling.service.post('/api/license/reveal', '', session);
    expect(revealed.body).toEqual({ key: claimed.body.key });
    expect((await selling.service.post('/api/license/reveal', '')).status).toBe(401);
    const signOut = { method: 'DELETE', headers: session };
    await fetch(`${selling.service.url}/api/sign-in`, signOut);
    expect((await selling.service.post('/api/license/reveal', '', session)).status).toBe(401);
  });

  test('a claim link ends after seven days', async () => {
    const email = newBuyer();
    await say(email, 'bought', 'pro-month');
    const claim = await mailedLink(email, 'claim');
    const { prisma } = selling.service.database;
    await shiftClock(prisma, '8 days');
    expect((await selling.service.post(claim, '')).status).toBe(404);
    await shiftClock(prisma, '0');
  });
});

test('the inbox is read and replayed by administrators, and pruned after 90 days; facts stay', async () => {
  const { deps, url, database } = selling.service;
  const first = await deps.ensureFirstAdministrator();
  const signedIn = await selling.service.post('/admin/api/session', first);
  const headers = { Authorization: `Bearer ${signedIn.body.token}` };
  const get = async (path: string) => {
    const response = await fetch(`${url}/admin/api/purchases${path}`, { headers });
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API answers
    return (await response.json()) as any;
  };
  const email = newBuyer();
  await say(email, 'bought', '404');
  const { purchases, next_cursor } = await get('?outcome=waiting&shop=signed&limit=1');
  expect(purchases).toMatchObject([
    { shop: 'signed', outcome: 'waiting', reason: 'the account has no license' },
  ]);
  expect(await get('?cursor=x')).toMatchObject({ error: { code: 'invalid_request' } });
  expect(next_cursor === null || typeof next_cursor === 'string').toBe(true);
  const { id } = purchases[0];
  expect((await get(`/${id}`)).purchase).toMatchObject({
    id,
    body: expect.stringContaining(email),
  });
  const by = { administratorId: null, name: 'test', address: '' };
  await deps.admin.licenses.issue({ email, plan: 'basic' }, by);
  const replayed = await selling.service.post(`/admin/api/purchases/${id}/replay`, '', headers);
  expect(replayed.body).toMatchObject({ purchase: { outcome: 'applied' } });
  expect((await has(email))?.openrouter.limit).toBe(200);
  expect((await selling.service.post(`/admin/api/purchases/${id}/replay`, '')).status).toBe(401);

  const facts = await database.prisma.purchaseFact.count();
  await shiftClock(database.prisma, '91 days');
  await runJob(selling.service, 'prune');
  expect(
    await database.prisma.purchaseEvent.count({ where: { outcome: { not: 'waiting' } } }),
  ).toBe(0);
  expect(await database.prisma.purchaseFact.count()).toBe(facts);
  const body = JSON.stringify(fact(email, 'bought', '404'));
  const headersNow = { 'X-Signature': signFact(body, Math.floor(Date.now() / 1000) + 91 * 86_400) };
  const again = await selling.service.post('/webhooks/purchases', body, headersNow);
  expect(again.body.outcome).toBe('duplicate');
  await shiftClock(database.prisma, '0');
  expect((await inbox(selling.service)).length).toBeGreaterThan(0);
});
