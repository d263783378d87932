// Purchases and refunds are in the balance with their orders, as the ledger counts them.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';
import { held, report, SIGNED_SECRET } from './sellingFixture.js';

const EMAIL = 'buyer@example.com';

let service: Service;
let viewer: string;
beforeAll(async () => {
  service = await startService({ env: { PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET } });
  viewer = await service.signInAs('viewer');
});
afterAll(() => service.close());

let days = 0;
/** Each fact is of a day of its own, the last of them today. */
function say(fact: string, product: string, more: object = {}): Promise<string> {
  days += 1;
  const occurred_at = new Date(Date.now() - (20 - days) * 86_400_000).toISOString();
  const of = { order_id: `order-${product}`, line_id: '1', quantity: 1, email: EMAIL, occurred_at };
  return report(service, { ...of, fact, product, ...more });
}

interface Line {
  code: string;
  units: number;
  sum: number;
  order?: string;
  product?: string;
  what: string;
}

async function linesOf(id: string, provider: string): Promise<Line[]> {
  const path = `/admin/api/licenses/${id}/balance?provider=${provider}`;
  const { body } = await service.call('GET', path, { token: viewer });
  return body.lines as Line[];
}

const short = (lines: Line[]) => lines.map(({ code, units, sum }) => [code, units, sum]);

test('plan, add-ons, an upgrade, refunds and waiting grants add up, each with its order', async () => {
  await say('bought', 'pro-month');
  const page = await service.deps.admin.licenses.list({ email: EMAIL, limit: 1 });
  const id = (page.kind === 'page' ? page.rows[0]?.id : undefined) ?? '';
  await service.deps.chat.ledger.usage(id);
  await say('bought', '404', { quantity: 2 });
  await say('refunded', '404', { units: 30 });
  await say('bought', '516');
  expect(short(await linesOf(id, 'openai'))).toEqual([
    ['plan', 0, 0],
    ['waiting', 0, 0],
  ]);
  await service.deps.admin.licenses.change(
    id,
    { plan: 'vip' },
    { administratorId: null, name: 'x', address: '' },
  );
  await say('refunded', '404');

  const openrouter = await linesOf(id, 'openrouter');
  expect(short(openrouter)).toEqual([
    ['plan', 750, 750],
    ['addon', 100, 850],
    ['refunded', -30, 820],
    ['refunded', -50, 770],
  ]);
  expect(openrouter[1]).toMatchObject({ order: 'signed:order-404', product: '404' });
  expect(openrouter[1]?.what).toContain('404');
  const has = await held(service, EMAIL);
  expect(openrouter.at(-1)?.sum).toBe(has?.openrouter.remaining);
  const openai = await linesOf(id, 'openai');
  expect(openai.at(-1)?.sum).toBe(has?.openai.remaining);
  // The month of this provider was opened when the plan allowed it, with the add-on that waited.
  expect(
    short(openai)
      .map(([code, units]) => [code, units])
      .sort(),
  ).toEqual([
    ['addon', 50],
    ['plan', 80],
  ]);
});
