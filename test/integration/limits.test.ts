// Rate limits and concurrency of three replicas on one real Redis, also while it is away.

import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { createClient } from '@redis/client';
import {
  type CallLimits,
  createCallLimits,
  type Entry,
} from '../../src/store/limits/callLimits.js';
import { createRateLimits, type RateLimits } from '../../src/store/limits/rateLimits.js';
import { openRedis } from '../../src/store/limits/redis.js';
import { until as untilSo } from '../harness/load.js';
import { findProgram } from '../harness/program.js';
import { createRandom } from '../harness/random.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { type Answer, REPLICA_SECRETS, type Service, startService } from '../harness/service.js';
import { openTestDatabase, type TestDatabase } from '../harness/testDatabase.js';
import { testWhere } from '../harness/testWhere.js';

/** Much longer than any of it takes, so that a call that hangs fails the test soon. */
const until = (condition: () => Promise<boolean>) => untilSo(condition, 15_000);
const isInstalled = findProgram('redis-server') !== undefined;
const test = testWhere(isInstalled, 'redis-server');

const MODEL = 'qwen/qwen-2.5-7b-instruct';
const PLAN_CONCURRENCY = 3;
let database: TestDatabase;
let redis: RedisServer;
let upstream: Awaited<ReturnType<typeof startGate>>;
let replicas: Service[];
let operator: string;
const log: string[] = [];

beforeAll(async () => {
  if (!isInstalled) return;
  database = await openTestDatabase();
  redis = await startRedis();
  upstream = await startGate();
  const start = () =>
    startService({
      database,
      env: {
        REDIS_URL: redis.url,
        OPENROUTER_API_KEY: 'of-the-gate',
        OPENROUTER_BASE_URL: upstream.url,
        LOG_LEVEL: 'info',
        ...REPLICA_SECRETS,
      },
      log: line => void log.push(line),
      prepare: limitVip,
    });
  replicas = [await start(), await start(), await start()];
  operator = await first().signInAs('operator');
});
afterAll(async () => {
  if (!isInstalled) return;
  for (const replica of replicas) await replica.close();
  await upstream.close();
  await redis.stop();
  await database.close();
});

const first = () => replicas[0] as Service;
const replica = (index: number) => replicas[index % replicas.length] as Service;

const chat = (index: number, key: string) =>
  replica(index).post('/api/chat_v3', { api_key: key, model: MODEL, prompt: 'x' });
const change = (id: string, body: object) =>
  first().call('PATCH', `/admin/api/licenses/${id}`, { token: operator, body });

/** Each dialect asks once. */
const DIALECTS: Array<[string, object]> = [
  ['/api/chat_v3', { prompt: 'x' }],
  ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
  ['/v1/responses', { input: 'x' }],
  ['/v1/messages', { max_tokens: 9, messages: [{ role: 'user', content: 'x' }] }],
  ['/envelope/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }],
];

function askIn([path, body]: [string, object], index: number, key: string): Promise<Answer> {
  const sent = path === '/api/chat_v3' ? { api_key: key, ...body } : body;
  const headers = path === '/api/chat_v3' ? {} : { Authorization: `Bearer ${key}` };
  return replica(index).post(path, { model: MODEL, ...sent }, headers);
}

test('three replicas together keep a rate limit exactly, and requests beyond it do not ask Redis', async () => {
  const { id, key } = await first().issue('pro');
  const limit = 150;
  await change(id, { rate_limit: limit });
  const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => chat(index, key)));
  const accepted = answers.filter(({ status }) => status === 200);
  expect(Math.abs(accepted.length - limit)).toBeLessThanOrEqual(limit / 100);
  for (const { headers } of answers) expect(headers.get('x-ratelimit-limit')).toBe(String(limit));
  const left = accepted.map(({ headers }) => Number(headers.get('x-ratelimit-remaining')));
  expect(new Set(left).size).toBe(accepted.length);
  const before = await evaluations();
  for (const dialect of DIALECTS) {
    const refused = await askIn(dialect, 0, key);
    expect([dialect[0], refused.status, refused.headers.get('x-ratelimit-remaining')]).toEqual([
      dialect[0],
      429,
      '0',
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
  expect(await evaluations()).toBe(before);
});

test('of a large limit each process takes shares, and all of them together keep within a hundredth of it', async () => {
  const limit = 3_000;
  const links = await Promise.all(
    [0, 1, 2].map(() => openRedis(redis.url, { back() {}, away() {} })),
  );
  const rates = links.map(link => createRateLimits(link));
  const before = await evaluations();
  const spent: number[] = [];
  // The third asks much less than the others, and may be left with what it took.
  const spend = async (index: number) => {
    for (let asked = 0; asked < (index === 2 ? 7 : 2_000); asked++) {
      spent.push((await (rates[index] as RateLimits).spend('a license', limit)).requests);
    }
  };
  await Promise.all([spend(0), spend(1), spend(2)]);
  for (const link of links) link.close();
  const accepted = spent.filter(requests => requests <= limit);
  expect(limit - accepted.length).toBeLessThanOrEqual(limit / 100);
  expect(new Set(accepted).size).toBe(accepted.length);
  expect((await evaluations()) - before).toBeLessThan(limit / 5);
});

test('however many calls ask together, three processes let exactly as many enter as may run', async () => {
  const links = await Promise.all(
    [0, 1, 2].map(() => openRedis(redis.url, { back() {}, away() {} })),
  );
  const processes = links.map(link => createCallLimits(60_000, link));
  const most = 200;
  const ask = async (count: number, allowed = most) => {
    const asked = Array.from({ length: count }, (_, index) =>
      (processes[index % 3] as CallLimits).enter('a license', allowed),
    );
    return (await Promise.all(asked)).filter(({ running }) => running <= allowed);
  };
  const entered = await ask(330);
  expect(new Set(entered.map(({ running }) => running)).size).toBe(most);
  // To leave twice is to leave once.
  await Promise.all(entered.slice(0, 70).flatMap(call => [call.leave(), call.leave()]));
  const lower = ask(90, most - 40);
  expect([(await lower).length, (await ask(90)).length]).toEqual([30, 40]);
  await Promise.all([...entered.slice(70), ...(await lower)].map(call => call.leave()));
  await until(async () => (await running('a license')) === 40);
  for (const link of links) link.close();
});

test('a process keeps the places of calls that follow each other, and whoever asks elsewhere gets what is free', async () => {
  const links = await Promise.all([0, 1].map(() => openRedis(redis.url, { back() {}, away() {} })));
  const [own, other] = links.map(link => createCallLimits(60_000, link)) as [
    CallLimits,
    CallLimits,
  ];
  const enter = (calls: CallLimits, count: number, most = 100) =>
    Promise.all(Array.from({ length: count }, () => calls.enter('busy', most)));
  const leaveAll = (calls: Entry[]) => Promise.all(calls.map(call => call.leave()));
  const [first, ...rest] = (await enter(own, 10)) as [Entry, ...Entry[]];
  const before = await evaluations();
  let call = first;
  for (let each = 0; each < 200; each++) {
    void call.leave();
    const next = own.enter('busy', 100);
    expect(next).not.toBeInstanceOf(Promise);
    call = next as Entry;
    expect(call.running).toBe(10);
  }
  expect((await evaluations()) - before).toBe(0);
  await call.leave();
  await until(async () => (await running('busy')) === 9);

  // Near the limit each place that becomes free is free everywhere at once, also what was kept before.
  await leaveAll(await enter(own, 4));
  await leaveAll(await enter(own, 3, 15));
  expect(await running('busy')).toBe(9);
  // Never more than a tenth of the limit is kept.
  await leaveAll(await enter(own, 20));
  expect(await running('busy')).toBeLessThanOrEqual(9 + 10);
  const again = await enter(own, 10);
  expect(await running('busy')).toBeGreaterThanOrEqual(9 + 10);
  await leaveAll(again);

  // Where the limit is lower now, kept places do not stand in the way, and are not taken beyond it.
  const two = [await own.enter('busy', 11), await own.enter('busy', 11)];
  expect(two.map(each => each.running)).toEqual([10, 11]);
  expect((await own.enter('busy', 11)).running).toBe(12);
  await leaveAll([...two, ...rest]);
  const all = enter(other, 101);
  await own.close();
  const found = (await all).map(each => each.running);
  expect(found.filter(each => each <= 100)).toHaveLength(100);
  expect(Math.max(...found)).toBe(101);
  for (const link of links) link.close();
});

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

test(`in whatever order calls come and go, never more run than may, and at last every place is free (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const links = await Promise.all(
    [0, 1, 2].map(() => openRedis(redis.url, { back() {}, away() {} })),
  );
  const processes = links.map(link => createCallLimits(60_000, link));
  const most = 30;
  let runs = 0;
  let mostRan = 0;
  const call = async (calls: CallLimits) => {
    const entry = await calls.enter('random', most);
    if (entry.running > most) return;
    mostRan = Math.max(mostRan, ++runs);
    for (let turn = random.below(4); turn > 0; turn--) await nextTurn();
    runs -= 1;
    await entry.leave();
  };
  const all: Array<Promise<void>> = [];
  for (let wave = 0; wave < 150; wave++) {
    const busy = processes[random.below(3)] as CallLimits;
    const count = random.below(40);
    const calls = Array.from({ length: count }, () =>
      call(random.below(3) === 0 ? (processes[random.below(3)] as CallLimits) : busy),
    );
    all.push(...calls);
    if (random.below(4) === 0) await Promise.all(calls);
    else await nextTurn();
  }
  await Promise.all(all);
  await Promise.all(processes.map(calls => calls.close()));
  await until(async () => (await running('random')) === 0);
  expect(mostRan).toBeGreaterThan(most / 2);
  expect(mostRan).toBeLessThanOrEqual(most);
  for (const link of links) link.close();
});

test('as many requests of a license run at once as its plan or its own limit says, over three replicas and in each dialect', async () => {
  const { id, key } = await first().issue('vip');
  upstream.hold();
  const whole = chat(0, key);
  await upstream.waiting(1);
  const leaver = new AbortController();
  const stream = await streamed(1, key, leaver.signal);
  await upstream.waiting(2);
  const failing = chat(2, key);
  await upstream.waiting(3);
  for (const [index, dialect] of DIALECTS.entries()) {
    const refused = await askIn(dialect, index, key);
    expect([dialect[0], refused.status]).toEqual([dialect[0], 429]);
    expect(JSON.stringify(refused.body)).toMatch(/"rate_limited"|rate_limit_error/);
    expect(refused.headers.get('x-concurrency-limit')).toBe(String(PLAN_CONCURRENCY));
    expect(refused.headers.get('x-concurrency-remaining')).toBe('0');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('x-quota-charged')).toBe('0');
  }
  const english = await replica(1).post(
    '/api/chat_v3',
    { api_key: key, model: MODEL, prompt: 'x' },
    { 'Accept-Language': 'en' },
  );
  expect(english.body.message).toContain('may run 3 requests at once');

  // An answer, a client that leaves its stream, and a failure: each frees one place, everywhere.
  upstream.answer(0);
  expect((await whole).headers.get('x-concurrency-remaining')).toBe('2');
  expect(await running(id)).toBe(2);
  leaver.abort();
  await stream.ended;
  await until(async () => (await running(id)) === 1);
  upstream.refuse(2);
  expect((await failing).status).toBe(400);
  expect(await running(id)).toBe(0);
  upstream.open();

  // One after another, each on another replica, is never more than one at once.
  await change(id, { concurrency: 1 });
  for (let index = 0; index < 12; index++) {
    const { status, headers } = await chat(index, key);
    expect([status, headers.get('x-concurrency-limit')]).toEqual([200, '1']);
  }
  const many = await Promise.all(Array.from({ length: 30 }, (_, index) => chat(index, key)));
  expect(many.map(({ status }) => status)).toContain(200);
  expect(await running(id)).toBe(0);
  const shown = await first().call('GET', `/admin/api/licenses/${id}`, { token: operator });
  expect(shown.body.concurrency).toBe(1);
  const undone = await first().call('POST', `/admin/api/licenses/${id}/undo`, {
    token: operator,
    body: {},
  });
  expect(undone.status).toBe(200);
  const after = await first().call('GET', `/admin/api/licenses/${id}`, { token: operator });
  expect(after.body.concurrency).toBeNull();
});

test('a call for which there was most probably a place, but is none, is refused and has given back what it held', async () => {
  const { id, key } = await first().issue('vip');
  await change(id, { concurrency: 8, limits: { openrouter: 2 } });
  upstream.hold();
  // After this one the replica knows that no other process runs any.
  const under = chat(0, key);
  await upstream.waiting(1);
  const other = await openRedis(redis.url, { back() {}, away() {} });
  const calls = createCallLimits(60_000, other);
  const entered = await Promise.all(Array.from({ length: 7 }, () => calls.enter(id, 8)));
  const refused = await chat(0, key);
  expect([refused.status, refused.body.code]).toEqual([429, 'rate_limited']);
  expect(refused.headers.get('x-concurrency-remaining')).toBe('0');
  expect(refused.headers.get('x-quota-charged')).toBe('0');
  const seen = await requestsOf(id);
  expect(seen).toContainEqual(['voided', 'too_many_at_once']);
  await Promise.all(entered.map(call => call.leave()));
  upstream.open();
  // Both units are there.
  expect([(await under).status, (await chat(0, key)).status]).toEqual([200, 200]);
  expect(await running(id)).toBe(0);
  other.close();
});

test('the calls of a replica that was killed are freed when their lease is over', async () => {
  const { id, key } = await first().issue('vip');
  const killed = await openRedis(redis.url, { back() {}, away() {} });
  const calls = createCallLimits(1_500, killed);
  for (let call = 0; call < PLAN_CONCURRENCY; call++) await calls.enter(id, 9);
  killed.close();
  expect((await chat(0, key)).status).toBe(429);
  await until(async () => (await chat(1, key)).status === 200);
});

test('while Redis is silent or killed, each process counts by itself and serves all; then it reconnects', async () => {
  const { id, key } = await first().issue('vip');
  await change(id, { rate_limit: 300 });
  upstream.hold();
  // Two calls begin before Redis is away and end while it is: they are not left counted.
  const before = [chat(0, key), chat(1, key)];
  await upstream.waiting(2);
  process.kill(redis.pid, 'SIGSTOP');
  upstream.open();
  for (const { status } of await Promise.all(before)) expect(status).toBe(200);
  expect((await chat(2, key)).status).toBe(200);
  expect(await isUp(2)).toBe(0);
  process.kill(redis.pid, 'SIGCONT');
  await until(async () => (await isUp(0)) + (await isUp(1)) + (await isUp(2)) === 3);
  await until(async () => (await running(id)) === 0);

  await redis.stop();
  upstream.hold();
  const under = [chat(0, key), chat(0, key), chat(0, key), chat(1, key)];
  await upstream.waiting(4);
  const refused = await chat(0, key);
  expect([refused.status, refused.headers.get('x-concurrency-limit')]).toEqual([429, '3']);
  expect(await isUp(0)).toBe(0);
  upstream.answer(0);
  expect((await Promise.race(under)).status).toBe(200);
  expect(log.some(line => line.includes('Redis is away'))).toBe(true);

  // What began meanwhile counts over all processes as soon as Redis is back, also in an empty one.
  redis = await startRedis(redis.port);
  await until(async () => (await isUp(0)) + (await isUp(1)) + (await isUp(2)) === 3);
  await until(async () => (await running(id)) === 3);
  expect((await chat(2, key)).status).toBe(429);
  upstream.open();
  for (const { status, headers } of await Promise.all(under)) {
    expect([status, headers.get('x-ratelimit-limit')]).toEqual([200, '300']);
  }
  const remaining = [];
  for (const index of [0, 1, 2]) {
    remaining.push((await chat(index, key)).headers.get('x-ratelimit-remaining'));
  }
  expect(remaining).toEqual(['298', '297', '296']);
  expect(await running(id)).toBe(0);
});

async function asked<Reply>(ask: (client: ReturnType<typeof createClient>) => Promise<Reply>) {
  const client = createClient({ url: redis.url });
  await client.connect();
  try {
    return await ask(client as ReturnType<typeof createClient>);
  } finally {
    client.destroy();
  }
}

/** How the holds of a license ended, and why. */
async function requestsOf(licenseId: string): Promise<string[][]> {
  const path = `/admin/api/licenses/${licenseId}/requests`;
  const { body } = await first().call('GET', path, { token: operator });
  return (body.requests as Array<Record<string, string>>).map(one =>
    [one.outcome, one.reason].map(String),
  );
}

/** How many calls Redis counts over all processes. */
async function running(licenseId: string): Promise<number> {
  const told = await asked(client => client.hVals(`sahm:running:${licenseId}`));
  return told.reduce((sum, calls) => sum + Number.parseInt(calls, 10), 0);
}

async function evaluations(): Promise<number> {
  const said = await asked(client => client.info('commandstats'));
  return Number(/cmdstat_eval:calls=(\d+)/.exec(said)?.[1] ?? 0);
}

async function isUp(index: number): Promise<number> {
  const { body } = await replica(index).call('GET', '/metrics');
  return Number(/^sahm_redis_up(?:\{.*\})? (\d)/m.exec(String(body.text))?.[1]);
}

async function limitVip(catalogDir: string): Promise<void> {
  const file = join(catalogDir, 'plans.json');
  const { plans } = JSON.parse(await readFile(file, 'utf8'));
  for (const plan of plans) if (plan.code === 'vip') plan.concurrency = PLAN_CONCURRENCY;
  await writeFile(file, JSON.stringify({ plans }));
}

/** A stream that has begun; `ended` when the client has seen its end. */
async function streamed(index: number, key: string, signal: AbortSignal) {
  const response = await fetch(`${replica(index).url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: MODEL,
      stream: true,
      messages: [{ role: 'user', content: 'x' }],
    }),
    signal,
  });
  expect(response.headers.get('x-concurrency-limit')).toBe(String(PLAN_CONCURRENCY));
  return { ended: response.text().catch(() => null) };
}

/** An upstream that answers at once while it is open, and otherwise when it is told to. A stream has begun by then. */
async function startGate() {
  let isOpen = true;
  let held: Array<{ response: ServerResponse; isStream: boolean }> = [];
  const end = ({ response, isStream }: (typeof held)[number]) => {
    if (!isStream) return sendJson(response, 200, WHOLE);
    response.end(`data: ${JSON.stringify(chunk('stop'))}

data: [DONE]

`);
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { stream: isStream = false } = JSON.parse(Buffer.concat(parts).toString() || '{}');
    const one = { response, isStream };
    if (isStream) {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(chunk(null))}\n\n`);
    }
    if (isOpen) end(one);
    else held.push(one);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** From now on answers wait. */
    hold() {
      isOpen = false;
      held = [];
    },
    open() {
      isOpen = true;
      for (const one of held.splice(0)) if (!one.response.writableEnded) end(one);
    },
    waiting: (count: number) => until(async () => held.length === count),
    answer: (index: number) => end(held[index] as (typeof held)[number]),
    refuse: (index: number) =>
      sendJson((held[index] as (typeof held)[number]).response, 400, { error: { message: 'no' } }),
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const WHOLE = {
  id: 'x',
  object: 'chat.completion',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'y' } }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const chunk = (finish: string | null) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 1,
  model: MODEL,
  choices: [{ index: 0, finish_reason: finish, delta: { role: 'assistant', content: 'y' } }],
});
