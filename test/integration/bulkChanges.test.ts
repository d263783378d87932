// Many licenses changed at once, from a list or a file.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { makeKey } from '../../src/domain/key.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let token: string;
beforeAll(async () => {
  service = await startService();
  token = await service.signInAs('operator');
});
afterAll(async () => {
  expect(await findLedgerProblems(service.database.prisma)).toEqual([]);
  await service.close();
});

interface Outcome {
  line: number;
  license: string | null;
  outcome: string;
  code?: string;
  message?: string;
  field?: string;
  before?: object;
  after?: object;
}

const send = (body: object) => service.call('POST', '/admin/api/licenses/bulk', { token, body });
async function bulk(body: object) {
  const answer = await send({ key: uuidv7(), ...body });
  expect([answer.status, answer.body.error]).toEqual([200, undefined]);
  return answer.body as unknown as {
    rehearsed: boolean;
    changed: number;
    unchanged: number;
    refused: number;
    lines: Outcome[];
  };
}
const planOf = async (id: string) =>
  (await service.database.prisma.license.findUniqueOrThrow({ where: { id } })).plan;
const audits = () => service.database.prisma.auditEntry.count();

test('the changes of a file are taken back by undoing each of its licenses', async () => {
  const [one, two] = [await service.issue('basic'), await service.issue('pro')];
  await bulk({
    changes: [
      { license: one.id, plan: 'vip', plan_until: '2047-02-28' },
      { license: two.id, grant: { product: '404' } },
    ],
  });
  const changes = [one, two].map(({ id }) => ({ license: id, action: 'undo' }));
  const { lines } = await bulk({ changes, rehearse: true });
  expect([await planOf(one.id), lines[0]]).toMatchObject(['vip', { after: { plan: 'basic' } }]);
  const undone = await bulk({ changes });
  expect(undone.lines).toMatchObject([
    { outcome: 'changed', before: { plan: 'vip' }, after: { plan: 'basic' } },
    { outcome: 'refused', code: 'conflict', message: expect.stringContaining('grant withdraw') },
  ]);
  expect(await planOf(one.id)).toBe('basic');
});

test('each line has its outcome, and a bad one does not stop the others', async () => {
  const [one, two, three] = [
    await service.issue('basic'),
    await service.issue('basic'),
    await service.issue('vip'),
  ];
  const key = makeKey(count => new Uint8Array(count).fill(3));
  const done = await bulk({
    changes: [
      { license: one.id, plan: 'vip', plan_until: '2047-02-28' },
      { license: uuidv7(), plan: 'vip' },
      { license: two.id, plan: 'gold' },
      { license: two.id, action: 'suspend', reason: 'abuse' },
      { license: three.id, plan: 'VIP' },
      { license: three.id, note: 'again' },
      { license: 'nobody@example.com', plan: 'pro' },
      { license: one.id, action: 'suspend', plan: 'pro' },
      { license: one.id, note: `key ${key}` },
      { license: one.id, surprise: 1 },
      'no object',
    ].filter(line => typeof line === 'object'),
  });
  expect(done.lines.map(({ outcome, code, field }) => [outcome, code, field])).toEqual([
    ['changed', undefined, undefined],
    ['refused', 'not_found', 'license'],
    ['refused', 'invalid_request', 'plan'],
    ['refused', 'conflict', undefined],
    ['unchanged', undefined, undefined],
    ['refused', 'conflict', undefined],
    ['refused', 'not_found', 'license'],
    ['refused', 'invalid_request', 'action'],
    ['refused', 'invalid_request', 'note'],
    ['refused', 'invalid_request', undefined],
  ]);
  expect([done.changed, done.unchanged, done.refused]).toEqual([1, 1, 8]);
  expect(JSON.stringify(done)).not.toContain(key);
  expect(await planOf(one.id)).toBe('vip');
});

test('a rehearsal says the same and does nothing', async () => {
  const licenses = await Promise.all(['basic', 'pro', 'vip'].map(plan => service.issue(plan)));
  const [basic, pro, vip] = licenses.map(({ id }) => id);
  const changes = [
    { license: basic, plan: 'vip' },
    { license: pro, grant: { product: '404', quantity: 2 } },
    { license: vip, action: 'revoke' },
    { license: uuidv7(), action: 'revoke' },
  ];
  const before = await audits();
  const told = await bulk({ changes, rehearse: true });
  expect(told.rehearsed).toBe(true);
  expect(await audits()).toBe(before);
  expect(await Promise.all(licenses.map(({ id }) => planOf(id)))).toEqual(['basic', 'pro', 'vip']);
  expect(await service.database.prisma.grant.count({ where: { licenseId: pro ?? '' } })).toBe(0);
  const plans = (of: unknown) => (of as { plan?: string } | undefined)?.plan;
  expect(told.lines.map(({ before, after }) => [plans(before), plans(after)])).toEqual([
    ['basic', 'vip'],
    [undefined, undefined],
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(told.lines[1]?.after).toMatchObject({ product: '404', units: 100 });
  expect(told.lines[2]).toMatchObject({
    before: { status: 'active' },
    after: { status: 'revoked' },
  });
  const done = await bulk({ changes });
  expect(done.lines.map(({ after }) => after)).toEqual(told.lines.map(({ after }) => after));
  const plain = (lines: Outcome[]) =>
    lines.map(({ line, license, outcome }) => [line, license, outcome]);
  expect(plain(done.lines)).toEqual(plain(told.lines));
  expect(await audits()).toBe(before + 4);
});

describe('the same name again', () => {
  test('changes nothing, however often and whatever came in between, and answers as the first time', async () => {
    const { id } = await service.issue('basic');
    const body = {
      key: uuidv7(),
      changes: [{ license: id, grant: { provider: 'openrouter', units: 40 }, reason: 'outage' }],
    };
    const together = await Promise.all([send(body), send(body), send(body)]);
    const statuses = together.map(({ status }) => status);
    expect(statuses).toContain(200);
    expect(statuses.every(status => status === 200 || status === 409)).toBe(true);
    const again = await send(body);
    expect(again.body).toEqual(together.find(({ status }) => status === 200)?.body);
    expect(await service.database.prisma.grant.count({ where: { licenseId: id } })).toBe(1);
  });

  test('with other lines is refused', async () => {
    const { id } = await service.issue('basic');
    const key = uuidv7();
    await bulk({ key, changes: [{ license: id, note: 'a' }] });
    const other = await send({ key, changes: [{ license: id, note: 'b' }] });
    expect([other.status, other.body.error]).toMatchObject([422, { code: 'idempotency_mismatch' }]);
  });

  test('after a kill in the middle, does the rest and gives nothing twice', async () => {
    const [one, two] = [await service.issue('basic'), await service.issue('basic')];
    const body = {
      key: uuidv7(),
      changes: [one, two].map(({ id }) => ({ license: id, grant: { product: '404' } })),
    };
    await bulk(body);
    // As it would stand after the first line.
    const { prisma } = service.database;
    await prisma.grant.deleteMany({ where: { licenseId: two.id } });
    await prisma.$executeRaw`UPDATE bulk_change SET outcomes = NULL
      WHERE begun_at = (SELECT max(begun_at) FROM bulk_change)`;
    expect((await send(body)).status).toBe(409);
    await prisma.$executeRaw`UPDATE bulk_change SET begun_at = begun_at - interval '1 hour'
      WHERE outcomes IS NULL`;
    expect((await bulk(body)).changed).toBe(2);
    for (const { id } of [one, two]) {
      expect(await prisma.grant.count({ where: { licenseId: id } })).toBe(1);
    }
  });
});

test('a file works as CSV and as JSON lines, and names its own lines', async () => {
  const licenses = await Promise.all(['basic', 'basic', 'basic'].map(plan => service.issue(plan)));
  const [one, two, three] = licenses.map(({ id }) => id);
  const csv = `license,plan,plan_until,action\n${one},vip,2047-02-28,\n\n${two},,,suspend\nx,pro,,`;
  const done = await bulk({ file: csv });
  expect(done.lines.map(({ line, outcome }) => [line, outcome])).toEqual([
    [2, 'changed'],
    [4, 'changed'],
    [5, 'refused'],
  ]);
  const jsonLines = `${JSON.stringify({ license: three, limits: { openrouter: 5, until: '2047-01-01' } })}\n{`;
  expect((await bulk({ file: jsonLines })).lines.map(({ outcome }) => outcome)).toEqual([
    'changed',
    'refused',
  ]);
});

test('an e-mail address names its only license; if it has several, the answer lists their ids', async () => {
  const email = 'two-licenses@example.com';
  const issue = async () =>
    (await service.call('POST', '/admin/api/licenses', { token, body: { email, plan: 'basic' } }))
      .body.license as { id: string };
  const first = await issue();
  expect((await bulk({ changes: [{ license: email.toUpperCase(), plan: 'pro' }] })).changed).toBe(
    1,
  );
  const second = await issue();
  const [refused] = (await bulk({ changes: [{ license: email, plan: 'vip' }] })).lines;
  expect(refused?.code).toBe('conflict');
  for (const { id } of [first, second]) expect(refused?.message).toContain(id);
});

test('is bounded, and needs a name unless it is rehearsed', async () => {
  const { id } = await service.issue('basic');
  const line = { license: id, note: 'x' };
  for (const [body, field] of [
    [{ changes: [line] }, 'key'],
    [{ key: 'a', changes: [] }, 'changes'],
    [{ key: 'a' }, 'changes'],
    [{ key: 'a', changes: [line], file: 'license\nx' }, 'changes'],
    [{ key: 'a', changes: Array(1_001).fill(line) }, 'changes'],
    [{ key: 'a', file: `license,note\n${'x,y\n'.repeat(1_001)}` }, 'file'],
  ] as const) {
    const refused = await send(body);
    expect([refused.status, refused.body.error]).toMatchObject([400, { details: { field } }]);
  }
});

test('every line is in the audit log, and the whole once', async () => {
  const { id } = await service.issue('basic');
  await bulk({ changes: [{ license: id, plan: 'pro' }] });
  const entries = await service.database.prisma.auditEntry.findMany({
    orderBy: { id: 'desc' },
    take: 2,
  });
  expect(entries).toMatchObject([
    {
      action: 'license.bulk',
      subject: 'licenses',
      after: { changed: 1, unchanged: 0, refused: 0 },
    },
    { action: 'license.change', subject: `license:${id}`, after: { plan: 'pro' } },
  ]);
});
