// The effect of one license's failures with an upstream on other licenses.

import { afterEach, expect, test } from '@jest/globals';
import { type Answer, type Service, startService } from '../harness/service.js';
import { type Fake, startHttp } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const OTHER = 'meta-llama/llama-3.1-8b-instruct';
const ANSWER = JSON.stringify({
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'yes' } }],
});

/** What the upstream should do, sent as the prompt: a status, or no answer at all. */
type Prompt = '200' | '500' | '401' | '429' | 'hang';

let upstream: Fake;
let service: Service;
/** The models of the calls that reached the upstream. */
const calls: string[] = [];
/** If true, the upstream fails whatever the prompt says. */
let isBroken = false;

async function start(env: Record<string, string> = {}): Promise<void> {
  calls.length = 0;
  isBroken = false;
  upstream = await startHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { model, messages } = JSON.parse(Buffer.concat(chunks).toString());
    calls.push(model);
    const prompt = messages.at(-1).content as Prompt;
    if (prompt === 'hang') return;
    const status = isBroken ? 500 : Number(prompt);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(status === 200 ? ANSWER : '{"error":{"message":"no"}}');
  });
  service = await startService({
    env: { OPENROUTER_API_KEY: 'one', OPENROUTER_BASE_URL: upstream.origin, ...env },
  });
}
afterEach(async () => {
  await service.close();
  await upstream.close();
});

function ask(key: string, prompt: Prompt, model = LIGHT): Promise<Answer> {
  const body = { model, messages: [{ role: 'user', content: prompt }] };
  return service.post('/v1/chat/completions', body, { Authorization: `Bearer ${key}` });
}

async function keys(count: number): Promise<string[]> {
  const issued = await Promise.all(Array.from({ length: count }, () => service.issue('pro')));
  return issued.map(({ key }) => key);
}

async function openBreakers(): Promise<string | undefined> {
  const metrics = await (await fetch(`${service.url}/metrics`)).text();
  return /^sahm_breakers_open\{provider="openrouter"\} (\d+)$/m.exec(metrics)?.[1];
}

test.each<[Prompt, number]>([
  ['500', 502],
  ['401', 503],
  ['429', 503],
  ['hang', 504],
])(
  'after 20 requests of one license end with %s, another license is still answered',
  async (prompt, status) => {
    await start(prompt === 'hang' ? { UPSTREAM_TIMEOUT_MS: '4000' } : {});
    const [one, other] = (await keys(2)) as [string, string];
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(one, prompt)));
    expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([status]));
    expect(await openBreakers()).toBe('0');
    expect((await ask(other, '200')).status).toBe(200);
  },
);

test.each<[string, number]>([
  // With one key the third license's request opens the breaker, and is not retried.
  ['one', 5],
  ['one,two', 6],
])(
  'keys %s: when three licenses have failed with each, all get 503 with Retry-After, and nothing is sent or charged',
  async (configured, tried) => {
    await start({ OPENROUTER_API_KEY: configured });
    isBroken = true;
    const all = await keys(4);
    const [, , , last] = all as [string, string, string, string];
    // A request is retried once, with the other key where there is one.
    for (const key of all.slice(0, 3)) await ask(key, '200');
    const before = calls.length;
    expect(before).toBe(tried);
    expect(await openBreakers()).toBe(String(configured.split(',').length));
    for (const key of all) {
      const answer = await ask(key, '200');
      expect([answer.status, answer.body]).toMatchObject([
        503,
        { error: { code: 'upstream_unavailable' } },
      ]);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(calls.length).toBe(before);
    const rows = await service.database.prisma.hold.findMany({ select: { state: true } });
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['voided']));
    // Another model of the same upstream is not affected.
    isBroken = false;
    expect((await ask(last, '200', OTHER)).status).toBe(200);
  },
);
