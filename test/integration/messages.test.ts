// POST /v1/messages: the fields that are sent, the replies, and who pays. Compares the service with the table of
// docs/messages.md.

import { readFileSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAnswer } from '../../src/dialects/messages/answer.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';
import { type Fake, type Received, startHttp } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const FAULTS = [
  ...['cut-0', 'cut-2', 'cut-5', 'cut-9', 'stream-error-2', 'stream-error-5', 'error-529'],
  ...['empty', 'blank', 'malformed', 'reset', 'html', 'status-400', 'status-402', 'status-529'],
  ...['blank-length', 'tools', 'reasoning', 'encrypted', 'turns-1', 'length'],
];

/** Its upstream is the sandbox. */
let service: Service;
/** Its upstream says what the test wants. */
let scripted: Service;
let upstream: Fake & { received: Received[] };
let script: (body: Record<string, unknown>) => Script;
let pro: { id: string; key: string };
let ofScripted: { id: string; key: string };

type Script = object | { status: number; body: object } | string[];

beforeAll(async () => {
  upstream = await startScripted();
  [service, scripted] = [
    await startService({ faults: FAULTS, env: { CORS_ORIGINS: 'https://page.example' } }),
    await startService({
      env: { OPENROUTER_API_KEY: 'sk-or-test', OPENROUTER_BASE_URL: upstream.origin },
    }),
  ];
  pro = await service.issue('pro');
  ofScripted = await scripted.issue('vip');
});
afterAll(async () => {
  await service?.close();
  await scripted?.close();
  await upstream?.close();
});

/** Answers what the script says of a body: a message, a status with its body, or the events of a stream. */
async function startScripted() {
  const received: Received[] = [];
  const fake = await startHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    received.push({ url: request.url ?? '', headers: request.headers, body });
    const said = script(body);
    if (Array.isArray(said)) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of said) response.write(event);
      return response.end();
    }
    const status = 'status' in said ? Number(said.status) : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    return response.end(JSON.stringify('status' in said && 'body' in said ? said.body : said));
  });
  return { ...fake, received };
}

const HELLO = { content: [{ type: 'text', text: 'Hello' }], stop_reason: 'end_turn', usage: {} };
const BODY = { max_tokens: 100, messages: [{ role: 'user', content: 'سلام' }] };
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const ask = (model: string, more: object = {}, headers = bearer(pro.key)) =>
  service.post('/v1/messages', { model, ...BODY, ...more }, headers);

interface Event {
  event: string;
  data: Record<string, unknown>;
}

/** The events of a stream; each has its name. */
function eventsIn(text: string): Event[] {
  return text
    .split('\n\n')
    .filter(part => part !== '' && !part.startsWith(':'))
    .map(part => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      return { event, data: JSON.parse(data) };
    });
}

async function stream(from: Service, key: string, model: string, more: object = {}) {
  const response = await fetch(`${from.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({ model, ...BODY, stream: true, ...more }),
  });
  const text = await response.text();
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
  return {
    response,
    events: isStream ? eventsIn(text) : [],
    body: isStream ? {} : JSON.parse(text),
  };
}

async function quotaOf(from: Service, id: string) {
  return (await from.deps.chat.ledger.usage(id)).quotas.openrouter;
}

const TABLE = /^\| (?:`(\w+)`|(any other)) \| (as it is|left out.*|refused.*|.*becomes.*) \|$/gm;
const rows = [...readFileSync('docs/messages.md', 'utf8').matchAll(TABLE)].map(
  ([, name, other, cell = '']) => ({ name: name ?? other ?? '', cell }),
);

const TOOL = { name: 'f', description: 'x', input_schema: { type: 'object' }, strict: true };
/** A value of each field. */
const VALUES: Record<string, unknown> = {
  max_tokens: 7,
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }] },
    { role: 'system', content: 'in the middle' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'c2lnbmVk' },
        { type: 'redacted_thinking', data: 'ZGF0YQ==' },
        { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1, 2.5, null] } },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'ok', is_error: false }],
    },
  ],
  system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  stop_sequences: ['x'],
  temperature: 0.5,
  top_p: 0.5,
  top_k: 5,
  tools: [TOOL, { type: 'bash_20250124', name: 'bash' }],
  tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
  thinking: { type: 'adaptive', display: 'omitted' },
  output_config: { effort: 'low' },
  context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] },
  cache_control: { type: 'ephemeral' },
  metadata: { user_id: '{"device_id":"secret"}' },
  container: { id: 'x', skills: [] },
  mcp_servers: [{ type: 'url', url: 'https://mcp.example', name: 'x' }],
};
/** With which another has to come. */
const WITH: Record<string, object> = { tool_choice: { tools: [TOOL] } };

describe('the fields of a request', () => {
  const send = async (more: object, headers: Record<string, string> = {}) => {
    script = () => HELLO;
    const body = { model: LIGHT, ...BODY, ...more };
    const answer = await scripted.post('/v1/messages', body, {
      ...bearer(ofScripted.key),
      ...headers,
    });
    return { answer, sent: upstream.received.at(-1) as Received };
  };

  test('the document’s table has every value that is tried', () => {
    expect(rows.length).toBeGreaterThan(30);
    const names = rows.map(({ name }) => name);
    expect(Object.keys(VALUES).filter(name => !names.includes(name))).toEqual([]);
  });

  test.each(rows)('$name: $cell', async ({ name, cell }) => {
    const field = name === 'any other' ? 'any_other' : name;
    const value = VALUES[name] ?? 'a value';
    const beta = /with `([\w-]+)`/.exec(cell)?.[1] ?? 'context-1m';
    const betas = `claude-code-20250219,${beta}-2026-02-01`;
    const { answer, sent } = await send(
      { ...WITH[name], [field]: value },
      { 'anthropic-beta': betas },
    );
    if (cell.startsWith('refused')) {
      expect(answer).toMatchObject({
        status: 400,
        body: { error: { details: { unsupported: [field] } } },
      });
      return;
    }
    expect(answer.status).toBe(200);
    expect(sent).toMatchObject({ url: '/messages', body: { model: LIGHT } });
    const ignored = answer.headers.get('x-sahm-ignored') ?? '';
    if (cell === 'as it is') {
      expect(JSON.stringify(sent.body[field])).toBe(JSON.stringify(value));
      expect(ignored).toBe('');
    } else if (name === 'metadata') {
      expect(sent.body.metadata).toEqual({ user_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    } else {
      expect(sent.body).not.toHaveProperty(field);
      expect(ignored.split(', ')).toContain(field);
    }
    const isWithBeta = cell.includes('with `');
    expect(sent.headers['x-anthropic-beta']).toBe(isWithBeta ? 'claude-code-20250219' : betas);
    expect(ignored.includes(`${beta}-2026-02-01`)).toBe(isWithBeta);
    expect(sent.headers['anthropic-beta']).toBeUndefined();
  });

  test('tools that the upstream would run are left out, with all that depends on them', async () => {
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const first = await send({
      tools: [search, { ...TOOL, allowed_callers: ['x'], defer_loading: true }],
      tool_choice: { type: 'tool', name: 'web_search' },
      output_config: { effort: 'low', task_budget: 5 },
    });
    expect(first.sent.body).toMatchObject({
      tools: [{ ...TOOL, defer_loading: true }],
      output_config: { effort: 'low' },
    });
    expect(first.sent.body).not.toHaveProperty('tool_choice');
    expect(first.answer.headers.get('x-sahm-ignored')?.split(', ').sort()).toEqual([
      'output_config.task_budget',
      'tool_choice',
      'tools.allowed_callers',
      'tools.web_search_20250305',
    ]);
    const found = { type: 'tool_search_tool_regex_20251119', name: 'find' };
    const second = await send({ tools: [found, { ...TOOL, defer_loading: true }] });
    expect(second.sent.body.tools).toEqual([TOOL]);
    const third = await send({ tools: [search], tool_choice: { type: 'auto' } });
    expect(Object.keys(third.sent.body).filter(name => /tool/.test(name))).toEqual([]);
  });

  test('a body of megabytes goes on byte for byte', async () => {
    const signature = Buffer.alloc(90_000, 'signed').toString('base64');
    const content = [
      { type: 'thinking', thinking: 'فکر "\u{1f600}\\'.repeat(5_000), signature },
      { type: 'text', text: 'x' },
    ];
    const messages = [{ role: 'assistant', content }, ...BODY.messages];
    const { sent } = await send({ messages });
    expect(sent.body.messages).toEqual(messages);
  });

  test('two licenses are told apart, and neither is named', async () => {
    const other = await scripted.issue('pro');
    const mine = (await send({})).sent.body.metadata;
    const theirs = (await send({}, bearer(other.key))).sent.body.metadata;
    expect(mine).not.toEqual(theirs);
    expect(JSON.stringify(mine)).not.toContain(ofScripted.id);
  });
});

test('a whole answer is Anthropic’s, with our id, model and counters, and without what it cost the operator', async () => {
  const { id, key } = await scripted.issue('pro');
  const usage = {
    ...{ input_tokens: 5, cache_creation_input_tokens: 20, cache_read_input_tokens: 300 },
    ...{ output_tokens: 7, service_tier: 'standard', cost: 0.01, cost_details: {}, is_byok: false },
  };
  const message = { ...HELLO, id: 'gen-1', type: 'message', provider: 'Somebody', usage };
  script = () => message;
  const body = { model: LIGHT, ...BODY };
  const answer = await scripted.post('/v1/messages', body, { 'x-api-key': key });
  const requestId = answer.headers.get('request-id');
  expect(answer.headers.get('x-request-id')).toBe(requestId);
  expect(answer.headers.get('x-quota-charged')).toBe('1');
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toEqual({
    id: `msg_${requestId}`,
    type: 'message',
    role: 'assistant',
    model: LIGHT,
    content: HELLO.content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      ...{ input_tokens: 5, cache_creation_input_tokens: 20, cache_read_input_tokens: 300 },
      ...{ output_tokens: 7, service_tier: 'standard' },
    },
    quota: expect.objectContaining({ plan: 'pro', used: 1, limit: 750, charged: 1 }),
    usage_breakdown: {
      openrouter: { used: 1, limit: 750, remaining: 749 },
      openai: { used: 0, limit: 0, remaining: 0 },
    },
  });
  const [hold] = await scripted.database.prisma.hold.findMany({ where: { licenseId: id } });
  expect(hold).toMatchObject({ state: 'posted', promptTokens: 325, completionTokens: 7 });
  expect(Number(hold?.costMicrousd)).toBe(10_000);
});

describe('streams', () => {
  test('have each event with its name, in order; the end waits for the charge', async () => {
    const { id, key } = await service.issue('pro');
    const { response, events } = await stream(service, key, 'fault/tools', {
      thinking: { type: 'enabled', budget_tokens: 1024 },
      tools: [TOOL],
    });
    const requestId = response.headers.get('request-id');
    expect(events.map(({ event, data }) => [event, data.type, data.index])).toEqual([
      ['message_start', 'message_start', undefined],
      ['content_block_start', 'content_block_start', 0],
      ...events.slice(2, -6).map(({ event }) => [event, event, expect.any(Number)]),
      ...events.slice(-6, -3).map(({ event }) => [event, event, 1]),
      ['content_block_stop', 'content_block_stop', 1],
      ['message_delta', 'message_delta', undefined],
      ['message_stop', 'message_stop', undefined],
    ]);
    expect(events[0]?.data.message).toMatchObject({
      id: `msg_${requestId}`,
      model: 'fault/tools',
      content: [],
      stop_reason: null,
    });
    const last = events.at(-2)?.data;
    expect(last).toMatchObject({
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { output_tokens: expect.any(Number) },
      quota: { used: 1, charged: 1 },
      usage_breakdown: { openrouter: { used: 1 } },
    });
    expect(JSON.stringify(events)).not.toContain('"cost"');
    expect(await quotaOf(service, id)).toMatchObject({ used: 1, held: 0 });
    const json = events
      .map(({ data }) => (data.delta as { partial_json?: string } | undefined)?.partial_json ?? '')
      .join('');
    expect(JSON.parse(json)).toEqual({ source: 'sandbox' });
  });

  test('the last events are held back until the request is posted', async () => {
    const { id, key } = await service.issue('pro');
    const { ledger } = service.deps.chat;
    const { settle } = ledger;
    let states: unknown[] = [];
    const text: string[] = [];
    ledger.settle = async (...parameters) => {
      states = text.slice();
      return settle.apply(ledger, parameters);
    };
    const response = await fetch(`${service.url}/v1/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(key) },
      body: JSON.stringify({ model: LIGHT, ...BODY, stream: true }),
    });
    const decoder = new TextDecoder();
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      text.push(decoder.decode(bytes, { stream: true }));
    }
    ledger.settle = settle;
    expect(states.join('')).not.toContain('message_delta');
    expect(text.join('')).toContain('event: message_stop');
    expect(await quotaOf(service, id)).toMatchObject({ used: 1, held: 0 });
  });

  test('where the post fails, no end is sent', async () => {
    const { key } = await service.issue('pro');
    const { ledger } = service.deps.chat;
    const { settle } = ledger;
    ledger.settle = async () => ({ kind: 'already', state: 'expired' }) as never;
    const { events } = await stream(service, key, LIGHT);
    ledger.settle = settle;
    expect(events.at(-1)).toMatchObject({
      event: 'error',
      data: { type: 'error', error: { type: 'overloaded_error', code: 'service_unavailable' } },
    });
    expect(events.map(({ event }) => event)).not.toContain('message_stop');
  });

  const start = (message: object = {}) => sse('message_start', { message });
  const block = (text: string) => [
    sse('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    sse('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
    sse('content_block_stop', { index: 0 }),
  ];
  const stop = sse('message_stop', {});
  const overloaded = sse('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });

  test('missing fields of an upstream are filled in; counters are read from every place', async () => {
    const { id, key } = await scripted.issue('pro');
    script = () => [
      start({ usage: { input_tokens: 11, cache_read_input_tokens: 4 } }),
      ...block('Hi'),
      sse('message_delta', { delta: { stop_reason: 'max_tokens' }, usage: { output_tokens: 2 } }),
      sse('message_delta', { usage: { output_tokens: 3, cost: 0.5 } }),
      sse('ping', {}),
      stop,
      'data: [DONE]\n\n',
    ];
    const { events } = await stream(scripted, key, LIGHT);
    expect(events.map(({ event }) => event)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'ping',
      'message_delta',
      'message_stop',
    ]);
    expect(events[0]?.data.message).toMatchObject({
      type: 'message',
      role: 'assistant',
      content: [],
    });
    expect(events.at(-2)?.data).toMatchObject({
      delta: { stop_reason: 'max_tokens', stop_sequence: null },
      usage: { input_tokens: 11, cache_read_input_tokens: 4, output_tokens: 3 },
    });
    const [hold] = await scripted.database.prisma.hold.findMany({ where: { licenseId: id } });
    expect(hold).toMatchObject({ state: 'posted', promptTokens: 15, completionTokens: 3 });
  });

  test('blocks are numbered, begin and end as clients read them, and calls have an id and an input', async () => {
    const { key } = await scripted.issue('pro');
    const json = (index: number, partial_json: string) =>
      sse('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
    const begun = (index: number, tool: object) =>
      sse('content_block_start', { index, content_block: { type: 'tool_use', ...tool } });
    script = () => [
      start({ usage: { input_tokens: 1 } }),
      // Of a block that never began, and without a number.
      sse('content_block_delta', { delta: { type: 'text_delta', text: 'Hi' } }),
      // Two calls at once; what comes between is hidden.
      begun(3, { name: 'f' }),
      begun(4, { id: 'toolu_g', name: 'g', input: { b: 2 } }),
      json(3, '{"a":'),
      json(3, '1}'),
      sse('content_block_stop', { index: 4 }),
      sse('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
      stop,
    ];
    const client = new Anthropic({ baseURL: scripted.url, apiKey: key, maxRetries: 0 });
    const asked = { model: LIGHT, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] };
    const said = await client.messages.stream(asked as never).finalMessage();
    expect(said).toMatchObject({
      stop_reason: 'tool_use',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'tool_use', id: expect.stringMatching(/^toolu_\w{33}$/), input: { a: 1 } },
        { type: 'tool_use', id: 'toolu_g', input: { b: 2 } },
      ],
    });
    const { events } = await stream(scripted, key, LIGHT);
    const stops = events.filter(({ event }) => event === 'content_block_stop');
    expect(stops.map(({ data }) => data.index).toSorted()).toEqual([0, 1, 2]);
  });

  test.each([
    [{ stop_reason: null, content: [{ type: 'text', text: 'Hi' }] }, 'end_turn', {}],
    [
      { stop_reason: 'end_turn', content: [{ type: 'tool_use', name: 'f', input: null }] },
      'tool_use',
      { id: expect.stringMatching(/^toolu_/), input: {} },
    ],
    [
      { stop_reason: 'max_tokens', content: [{ type: 'tool_use', id: 't', input: '{"a":1}' }] },
      'max_tokens',
      { id: 't', input: { a: 1 } },
    ],
  ])('a whole message is completed: %j', (body, stop_reason, block) => {
    expect(readAnswer({ ...body, usage: {} }, 'a-b')).toMatchObject({
      kind: 'answer',
      body: { stop_reason, content: [block] },
    });
  });

  test('a provider that fails before the first content gets another try', async () => {
    const { id, key } = await scripted.issue('pro');
    let tries = 0;
    script = () => {
      tries += 1;
      return tries === 1
        ? [start(), sse('ping', {}), sse('error', { error: { type: 'api_error', message: 'x' } })]
        : [
            start(),
            ...block('Hi'),
            sse('message_delta', { delta: { stop_reason: 'end_turn' } }),
            stop,
          ];
    };
    const { events } = await stream(scripted, key, LIGHT);
    expect([tries, events.at(-1)?.event]).toEqual([2, 'message_stop']);
    script = () => [start(), overloaded];
    const refused = await stream(scripted, key, LIGHT);
    expect(refused.response.status).toBe(503);
    expect(refused.body).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
    expect(await quotaOf(scripted, id)).toMatchObject({ used: 1, held: 0 });
  });

  test('an error after content ends the stream once nothing is held any more', async () => {
    const { id, key } = await scripted.issue('pro');
    script = () => [start(), ...block('Hi'), overloaded];
    const { response, events } = await stream(scripted, key, LIGHT);
    expect(events.at(-1)).toEqual({
      event: 'error',
      data: {
        type: 'error',
        error: { type: 'api_error', code: 'upstream_failed', message: expect.any(String) },
        request_id: response.headers.get('request-id'),
        quota: expect.objectContaining({ charged: 0, limit: 750 }),
        usage_breakdown: expect.anything(),
      },
    });
    expect(await quotaOf(scripted, id)).toMatchObject({ used: 0, held: 0 });
  });

  test.each(['cut-0', 'cut-2', 'cut-5', 'cut-9', 'stream-error-2', 'stream-error-5', 'error-529'])(
    '%s: an error, and nothing is charged',
    async fault => {
      const { id, key } = await service.issue('pro');
      const { response, events, body } = await stream(service, key, `fault/${fault}`);
      expect(events.map(({ event }) => event)).not.toContain('message_stop');
      const last = response.status === 200 ? events.at(-1)?.data : body;
      expect(last).toMatchObject({ type: 'error', error: { message: expect.any(String) } });
      expect(await quotaOf(service, id)).toMatchObject({ used: 0, held: 0 });
    },
  );
});

function sse(type: string, data: object): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
}

describe('who pays', () => {
  const free = ['empty', 'blank', 'malformed', 'reset', 'html', 'status-402', 'status-529'];
  test.each(
    free.flatMap(
      fault =>
        [
          [fault, false],
          [fault, true],
        ] as const,
    ),
  )('%s, streamed %s: nobody', async (fault, isStreamed) => {
    const { id, key } = await service.issue('pro');
    const answer = isStreamed
      ? await stream(service, key, `fault/${fault}`)
      : await ask(`fault/${fault}`, {}, bearer(key));
    const status = 'response' in answer ? answer.response.status : answer.status;
    expect([502, 503]).toContain(status);
    const types: Record<number, string> = { 502: 'api_error', 503: 'overloaded_error' };
    expect(answer.body).toMatchObject({ type: 'error', error: { type: types[status] } });
    expect(await quotaOf(service, id)).toMatchObject({ used: 0, held: 0 });
  });

  test.each([
    ['blank-length', { content: [], stop_reason: 'max_tokens' }],
    ['length', { stop_reason: 'max_tokens' }],
    ['encrypted', { content: [{ type: 'redacted_thinking', data: expect.any(String) }] }],
    ['reasoning', { content: [{ type: 'thinking' }, { type: 'text' }], stop_reason: 'end_turn' }],
    ['tools', { content: [{ type: 'tool_use', input: {} }], stop_reason: 'tool_use' }],
  ])('%s: the caller, whole and streamed', async (fault, expected) => {
    const { id, key } = await service.issue('pro');
    const tools = { tools: [TOOL] };
    const whole = await ask(`fault/${fault}`, tools, bearer(key));
    expect(whole).toMatchObject({ status: 200, body: expected });
    const { events } = await stream(service, key, `fault/${fault}`, tools);
    expect(events.at(-2)?.data).toMatchObject({
      delta: { stop_reason: whole.body.stop_reason },
      quota: { used: 2 },
    });
    expect(await quotaOf(service, id)).toMatchObject({ used: 2, held: 0 });
  });

  test('a stop sequence and cached parts of the prompt are told', async () => {
    const long = 'a word and another '.repeat(20);
    const answer = await ask(LIGHT, {
      stop_sequences: ['You'],
      messages: [
        {
          role: 'user',
          content: [{ type: 'text', text: long, cache_control: { type: 'ephemeral' } }],
        },
      ],
    });
    expect(answer.body).toMatchObject({
      content: [{ type: 'text', text: '[sandbox] ' }],
      stop_reason: 'stop_sequence',
      stop_sequence: 'You',
      usage: { cache_read_input_tokens: expect.any(Number) },
    });
    expect((answer.body.usage as { cache_read_input_tokens: number }).cache_read_input_tokens).toBe(
      31,
    );
  });

  test('a thought must come back with its signature', async () => {
    const asked = { tools: [TOOL], thinking: { type: 'adaptive' } };
    const first = await ask('fault/turns-1', asked);
    expect(first.body).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'thinking' }, {}],
    });
    const content = first.body.content as Array<Record<string, unknown>>;
    const result = { type: 'tool_result', tool_use_id: content[1]?.id, content: '42' };
    const turn = (said: unknown[]) =>
      ask('fault/turns-1', {
        ...asked,
        messages: [
          ...BODY.messages,
          { role: 'assistant', content: said },
          { role: 'user', content: [result] },
        ],
      });
    expect(await turn(content)).toMatchObject({
      status: 200,
      body: { stop_reason: 'end_turn', content: [{ type: 'thinking' }, { type: 'text' }] },
    });
    const forged = [{ ...content[0], signature: 'forged' }, content[1]];
    for (const said of [forged, content.slice(1)]) {
      expect(await turn(said)).toMatchObject({
        status: 400,
        body: {
          error: { type: 'invalid_request_error', message: expect.stringContaining('[sandbox]') },
        },
      });
    }
  });
});

describe('refusals', () => {
  const image = {
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'AAAA' },
  };
  const withContent = (content: unknown) => ({ messages: [{ role: 'user', content }] });
  const BAD = 'invalid_request_error';

  test.each<[string, object, number, string, string]>([
    ['no model', { model: undefined }, 400, BAD, '"model"'],
    ['no max_tokens', { max_tokens: undefined }, 400, BAD, '"max_tokens"'],
    ['max_tokens 0', { max_tokens: 0 }, 400, BAD, '"max_tokens"'],
    ['no messages', { messages: [] }, 400, BAD, '"messages"'],
    ['a role', { messages: [{ role: 'tool', content: 'x' }] }, 400, BAD, '"messages[0].role"'],
    ['content', withContent(5), 400, BAD, '"messages[0].content"'],
    ['a block', withContent([{}]), 400, BAD, '"messages[0].content[0].type"'],
    ['system', { system: 5 }, 400, BAD, '"system"'],
    ['stream', { stream: 'yes' }, 400, BAD, '"stream"'],
    ['a tool without a name', { tools: [{}] }, 400, BAD, '"tools[0].name"'],
    ['NUL', withContent('a\u0000b'), 400, BAD, '"messages[0].content"'],
    [
      'an image that is no base64',
      withContent([
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: '***' } },
      ]),
      400,
      BAD,
      '"messages[0].content[0].source.data"',
    ],
    [
      'an uploaded file',
      withContent([
        { type: 'tool_result', content: [{ type: 'image', source: { type: 'file' } }] },
      ]),
      400,
      BAD,
      '"messages[0].content[0].content[0].source.file_id"',
    ],
    ['an image', withContent([image]), 400, BAD, 'openai/gpt-4o-mini'],
    [
      'an image in the result of a tool',
      withContent([{ type: 'tool_result', tool_use_id: 'x', content: [image] }]),
      400,
      BAD,
      'openai/gpt-4o-mini',
    ],
    ['a user that is a number', { metadata: { user_id: 5 } }, 400, BAD, '"metadata.user_id"'],
    ['no such model', { model: 'none' }, 404, 'not_found_error', 'none'],
    ['a model of another kind', { model: 'text-embedding-3-small' }, 400, BAD, LIGHT],
    ['a plan', { model: 'openai/gpt-5.2' }, 403, 'permission_error', 'VIP'],
    ['the upstream', { model: 'fault/status-400' }, 400, BAD, '[sandbox]'],
  ])('%s', async (_name, more, status, type, words) => {
    const before = await quotaOf(service, pro.id);
    const answer = await ask(LIGHT, more);
    const id = answer.headers.get('request-id');
    expect(answer).toMatchObject({
      status,
      body: {
        type: 'error',
        error: { type, message: expect.stringContaining(words) },
        request_id: id,
      },
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('x-request-id')).toBe(id);
    expect(await quotaOf(service, pro.id)).toEqual(before);
  });

  test('a model of OpenAI itself: 404, which names models that can be used', async () => {
    const vip = await service.issue('vip');
    const answer = await ask('gpt-5.2', {}, bearer(vip.key));
    expect(answer).toMatchObject({ status: 404, body: { error: { type: 'not_found_error' } } });
    const { message } = (answer.body as { error: { message: string } }).error;
    expect(message).toContain(LIGHT);
    expect(message.split(': ').at(-1)).not.toContain('openai/gpt-5');
  });

  test('without a key the answer says where to send it; three headers work', async () => {
    const missing = await ask(LIGHT, {}, {} as never);
    expect(missing).toMatchObject({
      status: 401,
      body: {
        error: {
          type: 'authentication_error',
          message: expect.stringMatching(/Bearer.*x-api-key.*api-key/),
        },
      },
    });
    expect((await ask(LIGHT, {}, { 'x-api-key': 'no' } as never)).status).toBe(401);
    for (const name of ['x-api-key', 'api-key']) {
      expect((await ask(LIGHT, {}, { [name]: pro.key } as never)).status).toBe(200);
    }
  });

  test('an exhausted quota is not to be retried, streamed too', async () => {
    const { id, key } = await service.issue('pro');
    await service.deps.admin.licenses.change(id, { limits: { openrouter: 0 } }, SYSTEM);
    const { response, body } = await stream(service, key, LIGHT);
    expect(response.status).toBe(429);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect(response.headers.get('retry-after')).toBeNull();
    expect(body).toMatchObject({
      error: { type: 'rate_limit_error', code: 'quota_exhausted' },
      quota: { remaining: 0, charged: 0 },
    });
  });

  test('another method and an unknown path nearby are refused in this dialect', async () => {
    const wrong = await service.call('GET', '/v1/messages');
    expect(wrong).toMatchObject({ status: 405, body: { type: 'error' } });
    expect(wrong.headers.get('request-id')).toBeTruthy();
    const near = await service.call('POST', '/v1/messages/batches', { body: {} });
    expect(near).toMatchObject({
      status: 404,
      body: { type: 'error', error: { type: 'not_found_error', message: expect.any(String) } },
    });
    const typo = await service.call('POST', '/v1/mesages', { body: {} });
    expect(JSON.stringify(typo.body)).toContain('/v1/messages');
  });

  test('a page of an origin that is allowed may read the request’s id', async () => {
    const answer = await ask(LIGHT, {}, {
      ...bearer(pro.key),
      Origin: 'https://page.example',
    } as never);
    expect(answer.headers.get('access-control-expose-headers')).toContain('request-id');
  });
});

test('the same Idempotency-Key gives the same bytes, of a stream too, charged once', async () => {
  const { id, key } = await service.issue('pro');
  const headers = { ...bearer(key), 'Idempotency-Key': 'one' };
  const first = await ask(LIGHT, {}, headers);
  const second = await ask(LIGHT, {}, headers);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  expect(await quotaOf(service, id)).toMatchObject({ used: 1 });
});

describe('count_tokens', () => {
  const count = (more: object = {}, key = pro.key, path = '/v1/messages/count_tokens') =>
    service.post(path, { model: LIGHT, messages: BODY.messages, ...more }, bearer(key));
  const tokensOf = async (more: object) => Number((await count(more)).body.input_tokens);

  test('returns a bound, free, without asking the upstream', async () => {
    const before = await quotaOf(service, pro.id);
    const text = 'The quick brown fox. '.repeat(1_000);
    const answer = await count({ messages: [{ role: 'user', content: text }] });
    expect(answer).toMatchObject({ status: 200, body: { input_tokens: expect.any(Number) } });
    // About 0.3 tokens a byte are true of English.
    expect(Number(answer.body.input_tokens)).toBeGreaterThan(text.length * 0.75);
    expect(Number(answer.body.input_tokens)).toBeLessThan(text.length * 0.8);
    expect(answer.headers.get('x-quota-charged')).toBe('0');
    expect(await quotaOf(service, pro.id)).toEqual(before);
  });

  test('counts system and tools, also of a large body, and an image by its most tokens', async () => {
    const plain = await tokensOf({});
    expect(await tokensOf({ system: 'x'.repeat(100_000) })).toBeGreaterThan(plain + 75_000);
    expect(await tokensOf({ tools: [TOOL] })).toBeGreaterThan(plain + 20);
    const model = 'anthropic/claude-haiku-4.5';
    const data = Buffer.alloc(300_000, 7).toString('base64');
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data } };
    const messages = [{ role: 'user', content: [image, image] }];
    const seen = await tokensOf({ model, messages });
    expect(seen).toBeGreaterThan(2 * 4_005);
    expect(seen).toBeLessThan(2 * 4_005 + 200);
  });

  test('refuses as POST /v1/messages does', async () => {
    expect(await count({ model: 'none' })).toMatchObject({
      status: 404,
      body: { type: 'error', error: { type: 'not_found_error' } },
    });
    expect((await count({ messages: undefined })).status).toBe(400);
    expect((await count({}, 'no')).status).toBe(401);
    const { id, key } = await service.issue('pro');
    await service.deps.admin.licenses.change(id, { rateLimit: 1 }, SYSTEM);
    expect((await count({}, key, '/api/v1/messages/count_tokens')).status).toBe(200);
    const limited = await count({}, key);
    expect(limited).toMatchObject({ status: 429, body: { error: { code: 'rate_limited' } } });
  });
});
