// Plans that count an agent's turn: the unit of a call also pays for the calls of its turn that bring tool results.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLedger, type HoldWant, type Ledger } from '../../src/store/ledger/index.js';
import { findLedgerProblems } from '../../src/store/ledger/verify.js';
import { addPlans } from '../harness/faultCatalog.js';
import { type Answer, type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';
import { catalog, createLicense, settings, wantOf } from './ledgerFixture.js';
import { createNamedKey, wantOfKey } from './namedKeysFixture.js';

const MODEL = 'openai/gpt-4o-mini';
const DEAR = 'deepseek/deepseek-chat';
const FAILING = 'fault/status-500';
const FOLLOW_UPS = 3;
const LIMIT = 3;

async function countTurns(catalogDir: string): Promise<void> {
  const turn = { follow_ups: FOLLOW_UPS, minutes: 30 };
  const allowances = { openrouter: LIMIT, openai: LIMIT };
  await addPlans(catalogDir, { code: 'agents', rank: 4, name: 'agents', allowances, turn });
}

let service: Service;
beforeAll(async () => {
  const changes = { [DEAR]: { units: 2 } };
  service = await startService({ faults: ['status-500'], prepare: countTurns, changes });
});
afterAll(async () => {
  expect(await findLedgerProblems(service.database.prisma)).toEqual([]);
  await service.close();
});

type License = Awaited<ReturnType<Service['issue']>>;
const newLicense = () => service.issue('agents');

const CALL = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{}' } };
const QUESTION = [{ role: 'user', content: 'x' }];
const RESULT = [
  ...QUESTION,
  { role: 'assistant', content: null, tool_calls: [CALL] },
  { role: 'tool', tool_call_id: 'call_1', content: 'y' },
];

interface How {
  conversation?: string | null;
  model?: string;
  headers?: Record<string, string>;
}

function ask({ key }: License, messages: object[], how: How = {}): Promise<Answer> {
  const { conversation = 'one', model = MODEL, headers = {} } = how;
  return service.post(
    '/v1/chat/completions',
    { model, messages },
    {
      Authorization: `Bearer ${key}`,
      ...(conversation !== null && { 'X-Sahm-Turn': conversation }),
      ...headers,
    },
  );
}

const chargedIn = ({ status, headers }: Answer) => [status, Number(headers.get('x-quota-charged'))];
const usedBy = async ({ id }: License) =>
  (await service.deps.chat.ledger.usage(id)).quotas.openrouter.used;

test('a number of calls that only bring tool results are free, then one more unit pays for as many', async () => {
  const license = await newLicense();
  const charges = [chargedIn(await ask(license, QUESTION))];
  for (let call = 0; call < 2 * FOLLOW_UPS + 1; call++) {
    charges.push(chargedIn(await ask(license, RESULT)));
  }
  const turn = [[200, 1], ...Array.from({ length: FOLLOW_UPS }, () => [200, 0])];
  expect(charges).toEqual([...turn, ...turn]);
  expect(await usedBy(license)).toBe(2);
});

test('a turn that was paid can be finished, also if nothing is left', async () => {
  const license = await newLicense();
  for (let unit = 0; unit < LIMIT; unit++) await ask(license, QUESTION);
  const { status, body } = await ask(license, RESULT);
  expect(status).toBe(200);
  expect(body.quota).toMatchObject({ used: LIMIT, remaining: 0, charged: 0 });
  expect(chargedIn(await ask(license, QUESTION))).toEqual([429, 0]);
});

test.each<[string, object[], How, How]>([
  ['that asks something new', QUESTION, {}, {}],
  ['of another conversation', RESULT, {}, { conversation: 'two' }],
  ['that names no conversation', RESULT, { conversation: null }, { conversation: null }],
  ['of a dearer model', RESULT, {}, { model: DEAR }],
  ['after one that failed', RESULT, { model: FAILING }, {}],
])('a call %s costs what it costs', async (_name, messages, first, second) => {
  const license = await newLicense();
  await ask(license, QUESTION, first);
  const [status, charged] = chargedIn(await ask(license, messages, second));
  expect(status).toBe(200);
  expect(charged).toBe(second.model === DEAR ? 2 : 1);
});

test('a turn is over when its time is, and is removed later', async () => {
  const license = await newLicense();
  const { prisma } = service.database;
  await ask(license, QUESTION);
  await prisma.$executeRaw`UPDATE turn SET begun_at = sahm_now() - interval '30 minutes'
    WHERE license_id = ${license.id}::uuid`;
  expect(chargedIn(await ask(license, RESULT))).toEqual([200, 1]);
  expect(chargedIn(await ask(license, RESULT))).toEqual([200, 0]);
  await prisma.$executeRaw`UPDATE turn SET begun_at = sahm_now() - interval '1 day'
    WHERE license_id = ${license.id}::uuid`;
  await service.deps.jobs.prune();
  expect(await prisma.turn.count({ where: { licenseId: license.id } })).toBe(0);
});

test('a call that failed takes no place of its turn', async () => {
  const license = await newLicense();
  await ask(license, QUESTION);
  const failed = [];
  for (let call = 0; call < FOLLOW_UPS + 1; call++) {
    failed.push(chargedIn(await ask(license, RESULT, { model: FAILING })));
  }
  expect(failed).toEqual(failed.map(() => [502, 0]));
  expect(chargedIn(await ask(license, RESULT))).toEqual([200, 0]);
});

test('many calls at once get no more free ones than their turn has', async () => {
  const license = await newLicense();
  await ask(license, QUESTION);
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(license, RESULT)));
  const answered = answers.filter(({ status }) => status === 200).map(chargedIn);
  const paid = answered.filter(([, charged]) => charged === 1).length;
  const turns = await service.database.prisma.turn.findMany({ where: { licenseId: license.id } });
  const calls = turns.map(turn => turn.calls.length);
  expect(Math.max(...calls)).toBe(FOLLOW_UPS);
  expect(answered.length).toBe(paid + calls.reduce((sum, count) => sum + count, 0));
  expect(await usedBy(license)).toBe(1 + paid);
});

test('a repeated call with its Idempotency-Key takes one place', async () => {
  const license = await newLicense();
  await ask(license, QUESTION);
  const again = { headers: { 'Idempotency-Key': 'k-1' } };
  const [first, second] = [await ask(license, RESULT, again), await ask(license, RESULT, again)];
  expect([first, second].map(chargedIn)).toEqual([
    [200, 0],
    [200, 0],
  ]);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  const [turn] = await service.database.prisma.turn.findMany({ where: { licenseId: license.id } });
  expect(turn?.calls).toHaveLength(1);
});

describe('a turn pays', () => {
  const terms = { conversation: 'c', followUps: 2, minutes: 100 * 24 * 60 };
  let ledger: Ledger;
  beforeAll(() => {
    const { prisma, direct: queries } = service.database;
    ledger = createLedger(prisma, () => catalog, { ...settings, queries });
  });

  async function begin(want: HoldWant): Promise<string> {
    expect(await ledger.hold(want)).toMatchObject({ kind: 'held' });
    await ledger.beginTurn({ ...want, conversation: terms.conversation });
    await ledger.settle({ ...want, outcome: 'posted', reason: 'success' });
    return want.holdId;
  }
  const follow = (want: HoldWant) => ledger.holdInTurn({ ...want, turn: terms });

  test('the newest that has a place, for its own provider and in its own month', async () => {
    const { prisma } = service.database;
    const license = await createLicense(prisma);
    await begin(wantOf(license));
    const newer = await begin(wantOf(license));
    expect(await follow(wantOf(license, { provider: 'openai' }))).toBeNull();
    await shiftClock(prisma, '40 days');
    expect(await follow(wantOf(license))).toBeNull();
    await shiftClock(prisma, '0');
    const want = wantOf(license);
    expect(await follow(want)).toMatchObject({ kind: 'held', units: 0 });
    const { turnOf } = await prisma.hold.findUniqueOrThrow({ where: { id: want.holdId } });
    expect(turnOf).toBe(newer);
  });

  test('for calls with the key that began it', async () => {
    const { prisma } = service.database;
    const license = await createLicense(prisma);
    const [key, another] = [
      await createNamedKey(prisma, license),
      await createNamedKey(prisma, license),
    ];
    await begin(wantOfKey(key));
    expect(await follow(wantOf(license))).toBeNull();
    expect(await follow(wantOfKey(another))).toBeNull();
    expect(await follow(wantOfKey(key))).toMatchObject({ kind: 'held', units: 0 });
  });
});

describe('each client’s own name for a conversation counts', () => {
  test('Claude Code’s, in Messages', async () => {
    const license = await newLicense();
    const model = 'anthropic/claude-haiku-4.5';
    const send = (messages: object[]) =>
      service.post(
        '/v1/messages',
        { model, max_tokens: 20, messages, tools: [{ name: 'look', input_schema: {} }] },
        { 'x-api-key': license.key, 'X-Claude-Code-Session-Id': 'a-session' },
      );
    const answer = await send(QUESTION);
    expect(chargedIn(answer)).toEqual([200, 1]);
    const block = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} };
    const given = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'y' };
    const reminder = { type: 'text', text: 'a reminder of the client' };
    const after = await send([
      ...QUESTION,
      { role: 'assistant', content: [block] },
      { role: 'user', content: [given, reminder] },
    ]);
    expect(chargedIn(after)).toEqual([200, 0]);
  });

  test('Codex’s, in Responses, streamed', async () => {
    const license = await newLicense();
    const send = (input: object[]) =>
      fetch(`${service.url}/v1/responses`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Authorization: `Bearer ${license.key}`,
          'session-id': 'a-session',
        },
        body: JSON.stringify({ model: MODEL, input, stream: true, store: false }),
      }).then(response => response.text());
    await send([{ role: 'user', content: 'x' }]);
    const call = { type: 'function_call', call_id: 'c1', name: 'look', arguments: '{}' };
    const given = { type: 'function_call_output', call_id: 'c1', output: 'y' };
    await send([{ role: 'user', content: 'x' }, call, given]);
    expect(await usedBy(license)).toBe(1);
    const holds = await service.database.prisma.hold.findMany({
      where: { licenseId: license.id },
      orderBy: { id: 'asc' },
    });
    expect(holds.map(({ units, turnOf }) => [Number(units), turnOf])).toEqual([
      [1, null],
      [0, holds[0]?.id],
    ]);
  });
});
