// Answers of upstreams are passed on faithfully: empty ones, refusals in all their forms, agents' tool calls.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI from 'openai';
import { type Service, startService } from '../harness/service.js';
import { type Fake, startHttp } from '../providers/fakeUpstream.js';

const messages = [{ role: 'user', content: 'x' }];
const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const FAULTS = [
  ...['blank', 'blank-length', 'blank-filter', 'encrypted', 'raw', 'no-endpoint', 'unverified'],
  ...['error-429', 'error-400', 'error-502', 'turns-3'],
];

let service: Service;
let key: string;
let id: string;
beforeAll(async () => {
  service = await startService({ faults: FAULTS });
  ({ key, id } = await service.issue('pro'));
});
afterAll(() => service.close());

const complete = (model: string, more: object = {}) =>
  service.post(
    '/v1/chat/completions',
    { model, messages, ...more },
    { Authorization: `Bearer ${key}` },
  );
const chat = (model: string) => service.post('/api/chat_v3', { api_key: key, model, prompt: 'x' });

async function used(): Promise<number> {
  return (await service.deps.chat.ledger.usage(id)).quotas.openrouter.used;
}

interface StreamEvent {
  choices?: Array<{ delta: { role?: string } }>;
}

async function eventsOf(model: string): Promise<StreamEvent[]> {
  const response = await fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages, stream: true }),
  });
  return (await response.text())
    .split('\n\n')
    .filter(event => event.startsWith('data: {'))
    .map(event => JSON.parse(event.slice('data: '.length)));
}

describe('an empty answer that was computed is an answer, and charged once', () => {
  test.each([
    ['blank-length', 'length'],
    ['blank-filter', 'content_filter'],
    ['encrypted', 'stop'],
  ])('%s: finish_reason %s', async (fault, finish_reason) => {
    const before = await used();
    const whole = await complete(`fault/${fault}`);
    expect(whole.status).toBe(200);
    expect(whole.body).toMatchObject({ choices: [{ finish_reason }], quota: { charged: 1 } });
    const events = await eventsOf(`fault/${fault}`);
    expect(events.at(-1)).toMatchObject({ choices: [{ finish_reason }], quota: { charged: 1 } });
    expect(await chat(`fault/${fault}`)).toMatchObject({
      status: 200,
      body: { error: false, reply: '' },
    });
    expect(await used()).toBe(before + 3);
    const [row] = await service.database.prisma.hold.findMany({
      where: { licenseId: id },
      orderBy: { id: 'desc' },
      take: 1,
    });
    expect(row).toMatchObject({ state: 'posted', completionTokens: expect.any(Number) });
    expect(row?.completionTokens).toBeGreaterThan(0);
  });

  test('without tokens it is a failure: 502, and free', async () => {
    const before = await used();
    expect(await complete('fault/blank')).toMatchObject({ status: 502 });
    expect(await chat('fault/blank')).toMatchObject({ status: 502 });
    expect(await used()).toBe(before);
  });
});

describe('a refusal of the upstream reaches the caller with its words', () => {
  test.each([
    ['raw', 400, 'invalid_request', 'The prompt is too long.'],
    ['no-endpoint', 400, 'invalid_request', 'No endpoints found that support tool use'],
    ['error-400', 400, 'invalid_request', 'The provider failed after it began.'],
  ])('%s: %i %s', async (fault, status, code, words) => {
    const alerts = service.deps.sandbox?.served.length ?? 0;
    const answer = await complete(`fault/${fault}`);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code, message: expect.stringContaining(words) } });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    // One call: nothing that would be refused again is tried again.
    expect((service.deps.sandbox?.served.length ?? 0) - alerts).toBe(1);
  });

  test.each([
    ['error-429', 503, 'upstream_unavailable'],
    ['error-502', 502, 'upstream_failed'],
    // The operator's trouble, not the customer's.
    ['unverified', 503, 'upstream_unavailable'],
  ])('%s becomes %i, without the upstream’s message', async (fault, status, code) => {
    for (const stream of [false, true]) {
      const answer = await complete(`fault/${fault}`, { stream });
      expect(answer.status).toBe(status);
      expect(answer.body).toMatchObject({ error: { code } });
      expect(JSON.stringify(answer.body)).not.toMatch(/organization|failed after/i);
    }
  });

  describe('any refusal', () => {
    let upstream: Fake;
    let other: Service;
    let answered: { status: number; body: object };
    beforeAll(async () => {
      upstream = await startHttp((_request, response) => {
        response.writeHead(answered.status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answered.body));
      });
      const env = { OPENROUTER_API_KEY: 'sk-or-test', OPENROUTER_BASE_URL: upstream.origin };
      other = await startService({ env });
    });
    afterAll(async () => {
      await other.close();
      await upstream.close();
    });

    const ask = async (status: number, body: object) => {
      answered = { status, body };
      const { key: own } = await other.issue('pro');
      return other.post(
        '/v1/chat/completions',
        { model: LIGHT, messages },
        { Authorization: `Bearer ${own}` },
      );
    };

    test('its field and its code stay', async () => {
      const message = 'This model takes 8192 tokens at most.';
      const answer = await ask(400, {
        error: { message, type: 'x', param: 'messages', code: 'context_length_exceeded' },
      });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({
        error: {
          message: expect.stringContaining(message),
          param: 'messages',
          code: 'context_length_exceeded',
        },
      });
    });

    test.each([
      [{ metadata: { error_type: 'context_length_exceeded' } }, 'context_length_exceeded', null],
      [
        {
          message: 'Provider returned error',
          metadata: {
            raw: '{"error":{"message":"Too long.","code":"string_too_long","param":"messages"}}',
          },
        },
        'string_too_long',
        'messages',
      ],
    ])('also where the code is a number: %j', async (more, code, param) => {
      const answer = await ask(400, { error: { message: 'Too long.', code: 400, ...more } });
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { code, param, message: expect.stringContaining('Too long.') } },
      });
    });

    test('a word in the place of a status counts in every form of answer', async () => {
      const { key: own } = await other.issue('pro');
      for (const [path, asked] of [
        ['chat/completions', { model: LIGHT, messages }],
        ['responses', { model: LIGHT, input: 'x' }],
        ['messages', { model: LIGHT, messages, max_tokens: 9 }],
        ['embeddings', { model: 'text-embedding-3-small', input: 'x' }],
        ['images/generations', { model: 'seedream-4.5', prompt: 'x' }],
      ] as const) {
        for (const [code, status] of [
          ['content_policy_violation', 400],
          ['payment_required', 503],
          ['timeout', 504],
        ] as const) {
          answered = { status: 200, body: { error: { message: 'No.', code } } };
          const answer = await other.post(`/v1/${path}`, asked, { Authorization: `Bearer ${own}` });
          expect([path, code, answer.status]).toEqual([path, code, status]);
        }
      }
    });

    test('no address, key or name of the account remains', async () => {
      const message =
        'Failed at https://10.0.0.7:8443/v1?k=1 for org-AbC123xyz and user_2abcDEF (ops@shop.example, 10.1.2.3): sk-or-v1-abcdef123456';
      const { body } = await ask(400, { error: { message, code: 400 } });
      const said = JSON.stringify(body);
      for (const secret of [
        '10.0.0.7',
        'org-AbC123xyz',
        'user_2abcDEF',
        'ops@shop',
        '10.1.2.3',
        'sk-or',
      ]) {
        expect(said).not.toContain(secret);
      }
      expect(said).toContain('Failed at');
    });

    test('an unknown model means a stale catalogue', async () => {
      const answer = await ask(404, {
        error: { message: 'No endpoints found for x/y.', code: 404 },
      });
      expect(answer.status).toBe(502);
    });
  });
});

test('a model without tools is not asked with tools', async () => {
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const before = service.deps.sandbox?.served.length;
  const answer = await complete('meta-llama/llama-3.2-11b-vision-instruct', { tools });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ error: { code: 'content_not_supported', param: 'tools' } });
  expect((answer.body.error as { message: string }).message).toContain(LIGHT);
  expect(service.deps.sandbox?.served.length).toBe(before);
});

describe('an agent of three tool calls, with an upstream that wants its reasoning back', () => {
  const tools = [
    { type: 'function' as const, function: { name: 'look', parameters: { type: 'object' } } },
  ];
  const client = () => new OpenAI({ apiKey: key, baseURL: `${service.url}/v1`, maxRetries: 0 });

  /** Asks until no tool is called any more; `keep` is what the client sends back of each turn. */
  async function finish(
    how: string,
    keep: (message: OpenAI.ChatCompletionMessage) => OpenAI.ChatCompletionMessageParam,
  ) {
    const history: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'x' }];
    let turns = 0;
    for (; turns < 10; turns++) {
      const request = { model: 'fault/turns-3', messages: history, tools };
      const completion =
        how === 'whole'
          ? await client().chat.completions.create(request)
          : await client().chat.completions.stream(request).finalChatCompletion();
      const message = completion.choices[0]?.message as OpenAI.ChatCompletionMessage;
      history.push(keep(message));
      if (!message.tool_calls?.length) break;
      expect(completion.choices[0]?.finish_reason).toBe('tool_calls');
      for (const { id } of message.tool_calls) {
        expect(id).toMatch(/^[\w-]+$/);
        history.push({ role: 'tool', tool_call_id: id, content: '42' });
      }
    }
    expect(turns).toBe(3);
    expect(history.at(-1)).toMatchObject({
      role: 'assistant',
      content: expect.stringContaining('[sandbox]'),
    });
  }

  test.each(['whole', 'streamed'])('%s, with what the SDK keeps of each turn', how =>
    finish(how, message => message),
  );

  test.each(['whole', 'streamed'])(
    '%s, with a client that keeps nothing but the calls, as LangChain does',
    how =>
      finish(how, ({ content, tool_calls = [] }) => {
        const calls = tool_calls.flatMap(call => (call.type === 'function' ? [call] : []));
        const kept = calls.map(({ id, type, function: { name, arguments: given } }) => ({
          id,
          type,
          function: { name, arguments: given },
        }));
        return { role: 'assistant', content, ...(kept.length > 0 && { tool_calls: kept }) };
      }),
  );

  test('that lost the reasoning gets the reason', async () => {
    const first = await client().chat.completions.create({
      model: 'fault/turns-3',
      messages: [{ role: 'user', content: 'x' }],
      tools,
    });
    const [call] = first.choices[0]?.message.tool_calls ?? [];
    const id = call?.id.split('__thought__')[0];
    const answer = await complete('fault/turns-3', {
      tools,
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: null, tool_calls: [{ ...call, id }] },
        { role: 'tool', tool_call_id: id, content: '42' },
      ],
    });
    expect(answer.status).toBe(400);
    expect((answer.body.error as { message: string }).message).toContain(
      'reasoning behind a tool call',
    );
  });
});

test('a stream says the role once, however often the upstream does', async () => {
  const events = await eventsOf(LIGHT);
  const roles = events.flatMap(({ choices }) => choices?.[0]?.delta.role ?? []);
  expect(roles).toEqual(['assistant']);
});

test('a stream says its tokens also where nobody asked, and then in no chunk without choices', async () => {
  const events = await eventsOf(LIGHT);
  expect(events.at(-1)).toMatchObject({ usage: { total_tokens: expect.any(Number) } });
  expect(events.filter(({ choices }) => choices?.length !== 1)).toEqual([]);
});
