// A rehearsal shows what a change would take from a customer.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { type Service, startService } from '../harness/service.js';
import { report, SIGNED_SECRET } from './sellingFixture.js';

let service: Service;
let token: string;
beforeAll(async () => {
  service = await startService({ env: { PURCHASE_WEBHOOK_SECRET: SIGNED_SECRET } });
  token = await service.signInAs('operator');
});
afterAll(() => service.close());

const send = (method: string, path: string, body?: object, headers = {}) =>
  service.call(method, `/admin/api/licenses/${path}`, { token, body, headers });

async function buyer(...products: string[]): Promise<string> {
  const email = `${uuidv7()}@example.com`;
  for (const product of products) {
    await report(service, {
      order_id: `${email}-${product}`,
      line_id: '1',
      fact: 'bought',
      product,
      quantity: 1,
      email,
      occurred_at: new Date().toISOString(),
    });
  }
  const { body } = await service.call('GET', `/admin/api/licenses?email=${email}`, { token });
  return (body.licenses as Array<{ id: string }>)[0]?.id ?? '';
}

const codesOf = (body: Record<string, unknown>) =>
  (body.consequences as Array<{ code: string }>).map(({ code }) => code);
const traces = async (id: string) => ({
  license: await service.database.prisma.license.findUnique({ where: { id } }),
  audit: await service.database.prisma.auditEntry.count(),
  notices: await service.database.prisma.licenseNotice.count(),
  limits: await service.database.prisma.licenseLimit.count(),
});

test('a rehearsal shows the changed license and what it would lose, and leaves no trace', async () => {
  const id = await buyer('vip-month', '404');
  const before = await traces(id);
  const acts: Array<[string, string, object, string, string[]]> = [
    ['POST', `${id}/suspend`, {}, 'suspended', ['paid_plan_stops', 'grants_stop']],
    ['POST', `${id}/revoke`, { reason: 'x' }, 'revoked', ['paid_plan_stops', 'grants_stop']],
    ['PATCH', id, { plan: 'basic', limits: { openai: 3 } }, 'active', ['below_paid_plan']],
    [
      'PATCH',
      id,
      { expires_at: '2020-01-01' },
      'expired',
      ['paid_plan_stops', 'grants_stop', 'license_ends'],
    ],
    ['PATCH', id, { expires_at: '2226-01-01' }, 'active', ['end_far_away']],
    ['PATCH', id, { note: 'x', email: 'somebody-else@example.com' }, 'active', []],
  ];
  for (const [method, path, body, status, codes] of acts) {
    const told = await send(method, path, { ...body, rehearse: true });
    expect([told.status, told.body.rehearsed, told.body.license]).toMatchObject([
      200,
      true,
      { status },
    ]);
    expect(codesOf(told.body)).toEqual(codes);
  }
  expect(await traces(id)).toEqual(before);
  expect((await send('PATCH', id, { plan: 'basic', rehearse: false })).body).toEqual({
    license: expect.objectContaining({ plan: 'basic' }),
  });
});

test('it answers in the caller’s language', async () => {
  const id = await buyer('vip-month');
  const headers = { 'Accept-Language': 'fa' };
  const told = await send('POST', `${id}/revoke`, { rehearse: true }, headers);
  const [{ message = '' } = {}] = told.body.consequences as Array<{ message: string }>;
  expect(message).toMatch(/پلن VIP تا \d{4}-\d\d-\d\d پرداخت شده است/);
});

test('only an end in the past of a paid plan must be confirmed', async () => {
  const id = await buyer('vip-month');
  const before = await traces(id);
  const year = { expires_at: '2016-12-31' };
  const refused = await send('PATCH', id, { ...year, note: 'x' });
  expect([refused.status, refused.body.error]).toMatchObject([
    409,
    { code: 'confirmation_required', message: expect.stringContaining('VIP') },
  ]);
  expect(await traces(id)).toEqual(before);
  const confirmed = await send('PATCH', id, { ...year, confirm: true });
  expect([confirmed.status, confirmed.body.license]).toMatchObject([200, { status: 'expired' }]);
  // An undo that comes to the same asks the same.
  await send('PATCH', id, { expires_at: null });
  const undo = await send('POST', `${id}/undo`, {});
  expect([undo.status, undo.body.error]).toMatchObject([409, { code: 'confirmation_required' }]);
  const undone = await send('POST', `${id}/undo`, { confirm: true });
  expect([undone.status, undone.body.license]).toMatchObject([200, { status: 'expired' }]);

  const other = await buyer('vip-month');
  for (const [method, path, body] of [
    ['PATCH', other, { plan: 'basic' }],
    ['PATCH', other, { expires_at: new Date(Date.now() + 86_400_000).toISOString() }],
    ['POST', `${other}/suspend`, {}],
    ['POST', `${other}/reinstate`, {}],
    ['POST', `${other}/revoke`, {}],
  ] as const) {
    expect((await send(method, path, body)).status).toBe(200);
  }
});

test('a license with a plan that was not paid for ends at once, also with a bought add-on', async () => {
  const { id } = await service.issue('pro');
  await report(service, {
    order_id: `addon-${id}`,
    line_id: '1',
    fact: 'bought',
    product: '404',
    quantity: 1,
    email: 'account-1@example.com',
    license_id: id,
    occurred_at: new Date().toISOString(),
  });
  const ended = await send('PATCH', id, { expires_at: '2020-01-01' });
  expect([ended.status, ended.body]).toEqual([
    200,
    { license: expect.objectContaining({ status: 'expired' }) },
  ]);
});
