// POST /v1/responses: passed on in its own form, with our rules, ids, counters and end.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import NewestOpenAI from 'openai-newest';
import { makeKey } from '../../src/domain/key.js';
import { listOf, recordOf } from '../../src/domain/unknownJson.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type ResponsesUpstream, startResponsesUpstream } from '../fakes/responsesUpstream.js';
import { type Service, startService } from '../harness/service.js';
import { type ResponseObject, responseObject } from './responsesSchema.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const SEES = 'meta-llama/llama-3.2-11b-vision-instruct';
const DIRECT = 'openai/gpt-5.2';
/** OpenAI's, and does not reason. */
const PLAIN = 'openai/plain';
const SAID = '[sandbox] You said: سلام';
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

let upstream: ResponsesUpstream;
let service: Service;
let pro: { id: string; key: string };
let vip: { id: string; key: string };
beforeAll(async () => {
  upstream = await startResponsesUpstream();
  service = await startService({
    faults: [
      ...[
        'tools',
        'reasoning',
        'encrypted',
        'empty',
        'blank',
        'blank-length',
        'length',
        'turns-1',
        'turns-2',
      ],
      ...[
        'error-429',
        'error-400',
        'choice-error',
        'stream-error-5',
        'cut-2',
        'cut-6',
        'status-500',
      ],
    ],
    changes: {
      'fault/turns-2': {
        id: PLAIN,
        provider: 'openai',
        upstream_id: 'gpt-4.1',
        minimum_plan: 'vip',
      },
    },
    env: {
      OPENROUTER_API_KEY: 'sk-or-test',
      OPENROUTER_BASE_URL: upstream.url('openrouter'),
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: upstream.url('openai'),
    },
  });
  pro = await service.issue('pro');
  vip = await service.issue('vip');
  await service.deps.admin.licenses.change(vip.id, { limits: { openai: 1_000 } }, SYSTEM);
});
afterAll(async () => {
  await service?.close();
  await upstream?.close();
});

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const ask = (body: object, key = pro.key) => service.post('/v1/responses', body, bearer(key));
const usageOf = async (id = pro.id) => (await service.deps.chat.ledger.usage(id)).quotas.openrouter;

interface Event extends Record<string, unknown> {
  type: string;
  sequence_number: number;
  response?: ResponseObject;
}

/** The events of a stream; checks that each is named as its data says, and numbered from 0. */
async function stream(
  body: object,
  key = pro.key,
  headers: Record<string, string> = {},
): Promise<{ status: number; events: Event[] }> {
  const answer = await fetch(`${service.url}/api/v1/responses`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...bearer(key), ...headers },
    body: JSON.stringify({ ...body, stream: true }),
  });
  const text = await answer.text();
  if (answer.status !== 200) return { status: answer.status, events: [JSON.parse(text)] };
  const events = text.split('\n\n').filter(Boolean).map(eventIn);
  expect(events.map(event => event.sequence_number)).toEqual(events.map((_, index) => index));
  return { status: 200, events };
}

function eventIn(block: string): Event {
  const [, name, json = ''] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
  const event = JSON.parse(json);
  expect(name).toBe(event.type);
  return event;
}

const typesOf = (events: Event[]) => [...new Set(events.map(({ type }) => type))];
const tool = { type: 'function', name: 'weather', parameters: { type: 'object' }, strict: false };

describe('the cases of Open Responses', () => {
  test.each<[string, object, string]>([
    ['a text', { model: LIGHT, input: 'سلام' }, SAID],
    ['a message', { model: LIGHT, input: [{ role: 'user', content: 'سلام' }] }, SAID],
    [
      'a system prompt',
      {
        model: LIGHT,
        input: [
          { type: 'message', role: 'system', content: 'Be brief.' },
          { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'سلام' }] },
        ],
      },
      SAID,
    ],
    [
      'an image',
      {
        model: SEES,
        input: [
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'سلام' },
              { type: 'input_image', image_url: PIXEL },
            ],
          },
        ],
      },
      '[sandbox] images: 1. You said: سلام',
    ],
    [
      'several turns',
      {
        model: LIGHT,
        input: [
          { role: 'user', content: 'My name is Sara.' },
          { role: 'assistant', content: 'Hello Sara.' },
          { role: 'user', content: 'سلام' },
        ],
      },
      SAID,
    ],
    ['OpenAI itself', { model: DIRECT, input: 'سلام' }, SAID],
  ])('%s is answered, whole and as the same in a stream', async (_name, body, said) => {
    const whole = await ask(body, vip.key);
    expect(whole.status).toBe(200);
    const response = responseObject.parse(whole.body);
    expect(response).toMatchObject({
      status: 'completed',
      model: (body as { model: string }).model,
      quota: { charged: 1, plan: 'vip' },
      output: [{ type: 'message', content: [{ text: said }] }],
    });
    const { events } = await stream(body, vip.key);
    expect(typesOf(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const responses = events.flatMap(event => event.response ?? []);
    for (const one of responses) responseObject.parse(one);
    expect(new Set(responses.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
    const used = (response.quota?.used ?? 0) + 1;
    expect(responses.at(-1)).toMatchObject({
      output: [{ content: [{ text: said }] }],
      quota: { used, charged: 1 },
      usage: { total_tokens: expect.any(Number) },
    });
    expect(JSON.stringify(events)).not.toMatch(/obfuscation|"cost"/);
  });

  test('a tool is called, whole and with all its events', async () => {
    const body = { model: 'fault/tools', input: 'x', tools: [tool], tool_choice: 'required' };
    const response = responseObject.parse((await ask(body)).body);
    expect(response).toMatchObject({
      status: 'completed',
      tools: [{ name: 'weather' }],
      tool_choice: 'required',
      output: [{ type: 'function_call', name: 'weather' }],
    });
    const { events } = await stream(body);
    expect(typesOf(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
    const ids = events.flatMap(({ item_id, item, response: end }) => {
      const items = [item, ...(end?.output ?? [])] as Array<{ id: string } | undefined>;
      return [item_id, ...items.map(one => one?.id)].filter(Boolean);
    });
    expect(new Set(ids).size).toBe(1);
  });

  test('custom and namespaced tools are called by their kind', async () => {
    const custom = { type: 'custom', name: 'apply_patch', format: { type: 'text' } };
    const one = await ask({ model: 'fault/tools', input: 'x', tools: [custom] });
    expect(one.body.output).toMatchObject([{ type: 'custom_tool_call', name: 'apply_patch' }]);
    const inside = [{ type: 'web_search' }, tool];
    const namespace = { type: 'namespace', name: 'agents', description: 'x', tools: inside };
    const { events } = await stream({ model: 'fault/tools', input: 'x', tools: [namespace] });
    expect(events.at(-1)?.response?.output).toMatchObject([
      { type: 'function_call', name: 'weather', namespace: 'agents' },
    ]);
    expect(upstream.received.at(-1)?.tools).toEqual([{ ...namespace, tools: [tool] }]);
  });

  test('reasoning is passed on, encrypted on request', async () => {
    const include = ['reasoning.encrypted_content', 'web_search_call.results'];
    const { events } = await stream({ model: 'fault/reasoning', input: 'x', include });
    expect(typesOf(events)).toEqual(
      expect.arrayContaining([
        'response.reasoning_summary_part.added',
        'response.reasoning_summary_text.delta',
        'response.reasoning_summary_text.done',
        'response.reasoning_summary_part.done',
      ]),
    );
    expect(events.at(-1)?.response?.output).toMatchObject([
      { type: 'reasoning', encrypted_content: expect.any(String) },
      { type: 'message' },
    ]);
    expect(upstream.received.at(-1)?.include).toEqual(['reasoning.encrypted_content']);
  });
});

describe('who pays', () => {
  test.each([
    ['empty', 502, 0],
    ['blank', 502, 0],
    ['blank-length', 200, 1],
    ['length', 200, 1],
    ['encrypted', 200, 1],
    ['error-400', 400, 0],
    ['error-429', 503, 0],
    ['choice-error', 502, 0],
    ['cut-2', 502, 0],
    ['status-500', 502, 0],
  ])('%s: %i, and %i is charged, whole and in a stream', async (fault, status, charged) => {
    const before = (await usageOf()).used;
    const body = { model: `fault/${fault}`, input: 'x' };
    // A whole answer is not cut into events.
    if (!fault.startsWith('cut')) {
      const whole = await ask(body);
      expect(whole.status).toBe(status);
      expect(whole.headers.get('x-quota-charged')).toBe(String(charged));
    }
    const streamed = await stream(body);
    expect(streamed.status).toBe(status);
    if (status === 200 && fault !== 'encrypted') {
      expect(streamed.events.at(-1)).toMatchObject({
        type: 'response.incomplete',
        response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
      });
    }
    const calls = fault.startsWith('cut') ? 1 : 2;
    expect(await usageOf()).toMatchObject({ used: before + calls * charged, held: 0 });
  });

  test.each(['stream-error-5', 'cut-6'])(
    '%s after content: free, and reported in two events',
    async fault => {
      const before = await usageOf();
      const { events } = await stream({ model: `fault/${fault}`, input: 'سلام' });
      expect(events.slice(-2)).toMatchObject([
        { type: 'error', code: 'upstream_failed', error: { code: 'upstream_failed' } },
        {
          type: 'response.failed',
          response: { status: 'failed', error: { code: 'server_error' }, usage_breakdown: {} },
        },
      ]);
      responseObject.parse(events.at(-1)?.response);
      expect(await usageOf()).toEqual(before);
    },
  );
});

describe('a refusal holds nothing, and names the field', () => {
  const part = (content: object) => [{ role: 'user', content: [content] }];
  test.each<[string, object, number, string, string | null]>([
    ['no model', { model: undefined }, 400, 'invalid_request', 'model'],
    ['no input', { input: undefined }, 400, 'invalid_request', 'input'],
    ['empty input', { model: LIGHT, input: [] }, 400, 'invalid_request', 'input'],
    ['a conversation', { conversation: 'conv_1' }, 400, 'invalid_request', 'conversation'],
    ['background', { background: true }, 400, 'invalid_request', 'background'],
    ['a stored prompt', { prompt: { id: 'p' } }, 400, 'invalid_request', 'prompt'],
    ['a high temperature', { temperature: 3 }, 400, 'invalid_request', 'temperature'],
    ['no length', { max_output_tokens: 0 }, 400, 'invalid_request', 'max_output_tokens'],
    ['a role', { input: [{ role: 'x', content: '' }] }, 400, 'invalid_request', 'input[0].role'],
    ['an item that is no object', { input: [7] }, 400, 'invalid_request', 'input[0]'],
    [
      'a file of an account',
      { input: part({ type: 'input_file', file_id: 'file-1' }) },
      400,
      'invalid_request',
      'input[0].content[0].file_id',
    ],
    [
      'an image in the form of chats',
      { input: part({ type: 'input_image', image_url: { url: PIXEL } }) },
      400,
      'invalid_request',
      'input[0].content[0].image_url',
    ],
    [
      'a tool in the form of chats',
      { tools: [{ type: 'function', function: { name: 'x' } }] },
      400,
      'invalid_request',
      'tools[0].name',
    ],
    [
      'an image for a model that is blind',
      { input: part({ type: 'input_image', image_url: PIXEL }) },
      400,
      'content_not_supported',
      'input',
    ],
    ['no such model', { model: 'none' }, 404, 'model_not_found', 'model'],
    ['a model above the plan', { model: DIRECT }, 403, 'model_not_in_plan', null],
    [
      'a model for vectors',
      { model: 'text-embedding-3-small' },
      400,
      'content_not_supported',
      'model',
    ],
    ['metadata with numbers', { metadata: { a: 1 } }, 400, 'invalid_request', 'metadata'],
  ])('%s', async (_name, more, status, code, param) => {
    const before = await usageOf();
    const calls = upstream.received.length;
    const answer = await ask({ model: LIGHT, input: 'x', ...more });
    expect(answer).toMatchObject({ status, body: { error: { code, param } } });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(await usageOf()).toEqual(before);
    expect(upstream.received).toHaveLength(calls);
  });

  test('an exhausted quota, without a retry', async () => {
    const empty = await service.issue('pro');
    await service.deps.admin.licenses.change(empty.id, { limits: { openrouter: 0 } }, SYSTEM);
    const answer = await ask({ model: LIGHT, input: 'x' }, empty.key);
    expect(answer).toMatchObject({
      status: 429,
      body: {
        error: { type: 'insufficient_quota', code: 'quota_exhausted' },
        quota: { remaining: 0 },
      },
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    expect(answer.headers.get('retry-after')).toBeNull();
    const streamed = await stream({ model: LIGHT, input: 'x' }, empty.key);
    expect(streamed).toMatchObject({
      status: 429,
      events: [{ error: { code: 'quota_exhausted' } }],
    });
  });

  test('no key, and another method', async () => {
    const none = await service.post('/v1/responses', { model: LIGHT, input: 'x' });
    expect(none).toMatchObject({ status: 401, body: { error: { code: 'invalid_license_key' } } });
    const got = await service.call('GET', '/v1/responses', { token: pro.key });
    expect(got).toMatchObject({ status: 405, body: { error: { code: 'method_not_allowed' } } });
  });
});

describe('an upstream that leaves things out', () => {
  const text = (more: object = {}) => ({
    type: 'message',
    content: [{ type: 'output_text', text: 'Hi' }],
    ...more,
  });

  test('gets missing ids, each once, and all missing keys', async () => {
    upstream.answerNext({
      status: 'completed',
      output: [text(), text({ id: 'same' }), text({ id: 'same' })],
    });
    const response = responseObject.parse((await ask({ model: LIGHT, input: 'x' })).body);
    const ids = response.output.map(item => item.id);
    expect(new Set(ids).size).toBe(3);
    expect(ids[1]).toBe('same');

    upstream.sayNext([
      { type: 'response.created', response: {} },
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { type: 'function_call', name: 'f' },
      },
      { type: 'response.function_call_arguments.delta', item_id: '', output_index: 0, delta: '{}' },
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'function_call', id: 'late', name: 'f', arguments: '{}' },
      },
      { type: 'response.completed', response: { id: 'other', output: [] } },
    ]);
    const { events } = await stream({ model: LIGHT, input: 'x' });
    const of = (type: string) => events.find(event => event.type === `response.${type}`) as Event;
    const [created, completed] = [of('created'), of('completed')];
    const [added, done] = [of('output_item.added'), of('output_item.done')];
    const delta = of('function_call_arguments.delta');
    const { id, call_id } = added.item as { id: string; call_id: string };
    expect(id).toMatch(/^fc_/);
    expect(delta.item_id).toBe(id);
    expect(done.item).toMatchObject({ id, call_id });
    expect(responseObject.parse(completed.response)).toMatchObject({
      id: created.response?.id,
      output: [{ id, call_id, arguments: '{}' }],
    });
  });

  test('numbers of items without gaps, and arguments as a text, as the SDK’s helper needs them', async () => {
    const call = { type: 'function_call', id: 'fc', call_id: 'c', name: 'f', arguments: { a: 1 } };
    upstream.sayNext([
      { type: 'response.created', response: {} },
      { type: 'response.output_item.added', output_index: 2, item: { ...call, arguments: '' } },
      { type: 'response.output_item.done', output_index: 2, item: call },
      { type: 'response.completed', response: { output: [call] } },
    ]);
    const { events } = await stream({ model: LIGHT, input: 'x' });
    const told = events.filter(event => 'output_index' in event);
    expect(told.map(event => event.output_index)).toEqual(told.map(() => 0));
    expect(events.map(({ type }) => type)).toContain('response.function_call_arguments.done');
    const whole = { output: [{ arguments: '{"a":1}' }] };
    expect(events.at(-1)?.response).toMatchObject(whole);

    upstream.answerNext({ status: 'completed', output: [call] });
    expect((await ask({ model: LIGHT, input: 'x' })).body).toMatchObject(whole);
  });

  /** A thought, a text and a call, with every event that tells them. */
  const ALL = (() => {
    const thought = { type: 'reasoning', id: 'rs_told', summary: [] };
    const message = { type: 'message', id: 'msg_told', role: 'assistant', content: [] };
    const call = { type: 'function_call', id: 'fc_told', call_id: 'c1', name: 'f', arguments: '' };
    const said = { type: 'output_text', text: 'Hi', annotations: [], logprobs: [] };
    const summed = { type: 'summary_text', text: 'Hm' };
    const output = [
      { ...thought, summary: [summed] },
      { ...message, status: 'completed', content: [said] },
      { ...call, status: 'completed', arguments: '{}' },
    ];
    const at = (output_index: number, more: object = {}) => ({
      output_index,
      item_id: output[output_index]?.id,
      ...more,
    });
    const [sum, part] = [at(0, { summary_index: 0 }), at(1, { content_index: 0 })];
    const status = 'in_progress';
    return [
      { type: 'response.created', response: {} },
      { type: 'response.in_progress', response: {} },
      { type: 'response.output_item.added', output_index: 0, item: thought },
      { type: 'response.reasoning_summary_part.added', ...sum, part: { ...summed, text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...sum, delta: 'Hm' },
      { type: 'response.reasoning_summary_text.done', ...sum, text: 'Hm' },
      { type: 'response.reasoning_summary_part.done', ...sum, part: summed },
      { type: 'response.output_item.done', output_index: 0, item: output[0] },
      { type: 'response.output_item.added', output_index: 1, item: { ...message, status } },
      { type: 'response.content_part.added', ...part, part: { ...said, text: '' } },
      { type: 'response.output_text.delta', ...part, delta: 'Hi', logprobs: [] },
      { type: 'response.output_text.done', ...part, text: 'Hi', logprobs: [] },
      { type: 'response.content_part.done', ...part, part: said },
      { type: 'response.output_item.done', output_index: 1, item: output[1] },
      { type: 'response.output_item.added', output_index: 2, item: { ...call, status } },
      { type: 'response.function_call_arguments.delta', ...at(2), delta: '{}' },
      { type: 'response.function_call_arguments.done', ...at(2), name: 'f', arguments: '{}' },
      { type: 'response.output_item.done', output_index: 2, item: output[2] },
      {
        type: 'response.completed',
        response: { output, usage: { input_tokens: 1, output_tokens: 1 } },
      },
    ];
  })();
  const told = async (events: Array<Record<string, unknown>>) => {
    upstream.sayNext(events);
    const heard = (await stream({ model: LIGHT, input: 'x' })).events;
    return heard.map(({ response, sequence_number: _, ...event }) => ({
      ...event,
      output: response?.output,
    }));
  };
  const inAnyOrder = (events: Array<{ type: string }>) =>
    events.toSorted((one, other) => keyOf(one).localeCompare(keyOf(other)));
  const keyOf = (event: object) =>
    ['type', 'output_index'].map(name => (event as Record<string, unknown>)[name]).join();

  test('tells every event of an item all the same, in its place', async () => {
    const all = await told(ALL);
    expect(all).toMatchObject(ALL.map(({ response: _, ...event }) => event));
    const without = (left: RegExp) => ALL.filter(({ type }) => !left.test(type));
    for (const left of ALL.slice(0, -1)) {
      const events = await told(ALL.filter(event => event !== left));
      // That an item is done may also be told at the end.
      if (left.type === 'response.output_item.done')
        expect(inAnyOrder(events)).toEqual(inAnyOrder(all));
      else expect(events).toEqual(all);
    }
    for (const left of [
      /(added|done|created|progress)$/,
      /(added|delta|created|progress)$/,
      /_|created/,
    ]) {
      expect(inAnyOrder(await told(without(left)))).toEqual(inAnyOrder(all));
    }
    const silent = ALL.map(event => (event.response ? { ...event, response: {} } : event));
    const unfinished = silent.filter(({ type }) => !type.endsWith('done'));
    expect((await told(unfinished)).at(-1)).toMatchObject({ output: all.at(-1)?.output });
    upstream.sayNext(without(/(added|done|created|progress)$/));
    const client = new NewestOpenAI({ apiKey: pro.key, baseURL: `${service.url}/v1` });
    const final = await client.responses.stream({ model: LIGHT, input: 'x' }).finalResponse();
    expect(final.output_text).toBe('Hi');
  });

  type Sent = Record<string, unknown>;
  const renumbered = (number: (index: number) => unknown) =>
    ALL.map((event: Sent) =>
      'output_index' in event
        ? { ...event, output_index: number(event.output_index as number) }
        : event,
    );
  /** With another output at the end. */
  const ending = (events: Sent[], outputOf: (output: Sent[]) => Sent[]) =>
    events.map(event => {
      const response = event.response as { output?: Sent[] } | undefined;
      return response?.output
        ? { ...event, response: { ...response, output: outputOf(response.output) } }
        : event;
    });
  const withoutIds = (events: Sent[]) =>
    JSON.parse(
      JSON.stringify(events, (name, value) => (/^(item_)?id$/.test(name) ? undefined : value)),
    ) as Sent[];
  const THOUGHT = { type: 'reasoning', id: 'rs_late', summary: [] };

  test.each<[string, Sent[], number]>([
    ['all 0', renumbered(() => 0), 3],
    ['all 0, without ids', withoutIds(renumbered(() => 0)), 3],
    ['not at all', renumbered(() => undefined), 3],
    ['from 1', renumbered(index => index + 1), 3],
    ['from 1, without ids', withoutIds(renumbered(index => index + 1)), 3],
    [
      'from 1, with an end that says nothing',
      ending(
        renumbered(index => index + 1),
        () => [],
      ),
      3,
    ],
    [
      'far apart',
      ending(
        renumbered(index => 4_000_000_000 + index * 9),
        () => [],
      ),
      3,
    ],
    ['otherwise at the end', ending(ALL, output => output.toReversed()), 3],
    ['after one that was never told', ending(ALL, output => [THOUGHT, ...output]), 4],
    [
      'after one that was never told, without ids',
      ending(withoutIds(ALL), output => [...output.slice(0, 1), THOUGHT, ...output.slice(1)]),
      4,
    ],
    ['with others that are left out in the end', ending(ALL, output => output.slice(1, 2)), 1],
  ])('tells each text once where items are numbered: %s', async (_how, sent, count) => {
    const events = await told(sent);
    const ofType = (type: string) => events.filter(event => event.type === type) as Sent[];
    for (const type of ['output_text', 'reasoning_summary_text', 'function_call_arguments']) {
      expect(ofType(`response.${type}.delta`)).toHaveLength(1);
      expect(ofType(`response.${type}.done`)).toHaveLength(1);
    }
    const idsOf = (items: unknown) => (items as Array<{ id: string }>).map(({ id }) => id).sort();
    const [added, done] = ['added', 'done'].map(name => ofType(`response.output_item.${name}`));
    const ids = idsOf(added?.map(({ item }) => item));
    expect(new Set(ids).size).toBe(Math.max(count, 3));
    expect(idsOf(done?.map(({ item }) => item))).toEqual(ids);
    expect(new Set(added?.map(event => event.output_index)).size).toBe(ids.length);
    const output = events.at(-1)?.output as Sent[];
    expect(output).toHaveLength(count);
    expect(ids).toEqual(expect.arrayContaining(idsOf(output)));
    expect(JSON.stringify(output)).toContain('"Hi"');
    const [delta] = ofType('response.output_text.delta');
    const message = output.find(({ type }) => type === 'message');
    expect(delta?.item_id).toBe(message?.id);
  });

  test.each([
    [
      { type: 'function_call', call_id: 'c', name: 'f' },
      'function_call_arguments',
      { arguments: '{"a":1}' },
    ],
    [
      { type: 'message', content: [{ type: 'output_text', text: '' }] },
      'output_text',
      { content: [{ text: '{"a":1}' }] },
    ],
  ])('what was told of an item stays where its end is empty: %j', async (item, name, whole) => {
    const where = { output_index: 0, item_id: 'x' };
    const events = await told([
      { type: 'response.output_item.added', output_index: 0, item: { id: 'x', ...item } },
      { type: `response.${name}.delta`, ...where, delta: '{"a"' },
      { type: `response.${name}.delta`, ...where, delta: ':1}' },
      { type: 'response.output_item.done', output_index: 0, item: { id: 'x', ...item } },
      { type: 'response.completed', response: { output: [{ id: 'x', ...item }] } },
    ]);
    const done = events.find(({ type }) => type === 'response.output_item.done');
    expect([done, events.at(-1)]).toMatchObject([{ item: whole }, { output: [whole] }]);
  });

  test('parts of a text are numbered in the order in which they came, whatever the provider says', async () => {
    const at = (content_index: number) => ({ output_index: 0, item_id: 'm', content_index });
    const piece = (content_index: number, delta: string) => ({
      type: 'response.output_text.delta',
      ...at(content_index),
      delta,
    });
    const events = await told([
      piece(4_000_000_000, 'b'),
      piece(-1, 'a'),
      { type: 'response.completed', response: {} },
    ]);
    expect(events.at(-1)).toMatchObject({ output: [{ content: [{ text: 'b' }, { text: 'a' }] }] });
  });

  test.each<[string, Array<Record<string, unknown>>, number]>([
    ['an error first', [{ type: 'error', code: 'rate_limit_exceeded', message: 'slow' }], 503],
    [
      'a failure after the beginning',
      [
        { type: 'response.created', response: {} },
        {
          type: 'response.failed',
          response: { error: { code: 'invalid_prompt', message: 'No.' } },
        },
      ],
      400,
    ],
    ['nothing at all', [], 502],
    ['events of others', [{ type: 'codex.rate_limits' }], 502],
    ['an end that says nothing', [{ type: 'response.completed', response: { output: [] } }], 502],
  ])('%s is told by its status', async (_name, events, status) => {
    // Also to who asks once more.
    upstream.sayNext(events, 2);
    const before = await usageOf();
    const answer = await stream({ model: SEES, input: 'x' });
    expect(answer.status).toBe(status);
    upstream.sayNext([], 0);
    expect(await usageOf()).toEqual(before);
  });
});

test('fields that are left out are named, and never reach the upstream', async () => {
  const answer = await ask({
    model: LIGHT,
    input: [
      { type: 'additional_tools', role: 'developer', tools: [{ type: 'code_interpreter' }] },
      { type: 'tool_search_output', call_id: 'c', tools: [{ type: 'image_generation' }, tool] },
      { role: 'user', content: [{ type: 'input_text', text: 'x' }] },
    ],
    tools: [{ type: 'web_search', external_web_access: false }],
    tool_choice: { type: 'web_search' },
    client_metadata: { a: 1 },
    plugins: [{ id: 'web' }],
    models: ['a/b'],
    max_tokens: 5,
    reasoning: { effort: 'low', mode: 'pro' },
    user: 'sara',
    prompt_cache_key: 'mine',
    metadata: { chat: '7' },
    service_tier: 'priority',
  });
  expect(answer.headers.get('x-sahm-ignored')?.split(', ').sort()).toEqual([
    'client_metadata',
    'max_tokens;use=max_output_tokens',
    'models',
    'plugins',
    'reasoning.mode',
    'service_tier',
    'tools.code_interpreter',
    'tools.image_generation',
    'tools.web_search',
  ]);
  expect(answer.body).toMatchObject({
    tools: [],
    metadata: { chat: '7' },
    user: 'sara',
    prompt_cache_key: 'mine',
    service_tier: 'default',
    reasoning: { effort: 'low', summary: null },
  });
  const sent = upstream.received.at(-1) ?? {};
  expect(sent).toEqual({
    model: LIGHT,
    input: [
      { type: 'tool_search_output', call_id: 'c', tools: [tool] },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'x' }] },
    ],
    reasoning: { effort: 'low' },
    store: false,
    include: ['reasoning.encrypted_content'],
    user: expect.stringMatching(/^[0-9a-f]{32}$/),
    prompt_cache_key: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

describe('docs/responses.md says what becomes of each field', () => {
  /** A value of each. */
  const VALUES: Record<string, unknown> = {
    instructions: 'Be brief.',
    max_output_tokens: 50,
    temperature: 0.5,
    top_p: 0.5,
    top_logprobs: 2,
    truncation: 'auto',
    reasoning: { summary: 'auto' },
    text: { format: { type: 'json_object' }, verbosity: 'low' },
    tools: [tool],
    tool_choice: 'required',
    parallel_tool_calls: false,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: 'a key',
    prompt_cache_retention: '24h',
    prompt_cache_options: { mode: 'implicit' },
    user: 'sara',
    safety_identifier: 'sara',
    store: true,
    metadata: { a: 'b' },
    stream_options: { include_obfuscation: true },
    service_tier: 'priority',
    max_tool_calls: 3,
    client_metadata: { a: 'b' },
    plugins: [{ id: 'web' }],
    models: ['other/model'],
    provider: { order: ['x'] },
    background: true,
    conversation: 'conv_1',
    prompt: { id: 'pmpt_1' },
    context_management: [{ type: 'compaction' }],
    'any other': 1,
  };
  const COLUMNS = [LIGHT, PLAIN, DIRECT];
  const rows = readFileSync('docs/responses.md', 'utf8')
    .split('\n')
    .filter(line => /^\| (`\w+`|any other) \|.*\|.*\|.*\|$/.test(line))
    .map(line => line.split('|').map(cell => cell.trim().replaceAll('`', '')))
    .map(([, name = '', ...cells]) => ({ name, cells: cells.slice(0, -1) }));

  test('and this test has a value for each', () => {
    expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(VALUES).sort());
  });

  test.each(rows)('$name', async ({ name, cells }) => {
    const field = name === 'any other' ? 'no_such_field' : name;
    const value = VALUES[name];
    for (const [column, model] of COLUMNS.entries()) {
      const calls = upstream.received.length;
      const body = { model, input: 'x', ...(/tool/.test(field) && { tools: [tool] }) };
      const answer = await ask({ ...body, [field]: value }, vip.key);
      const sent = upstream.received.slice(calls).at(-1);
      switch (cells[column]) {
        case 'refused':
          expect(answer).toMatchObject({ status: 400, body: { error: { param: field } } });
          expect(sent).toBeUndefined();
          break;
        case 'as it is':
          expect(sent?.[field]).toEqual(value);
          break;
        case 'while it does not reason': {
          expect(sent?.[field]).toEqual(value);
          const reasoning = { effort: 'high' };
          await ask({ ...body, [field]: value, reasoning }, vip.key);
          expect(upstream.received.at(-1)).not.toHaveProperty(field);
          break;
        }
        case 'always false':
          expect(sent?.[field]).toBe(false);
          break;
        case 'as a key of the license':
        case 'as a digest of the license':
          expect(sent?.[field]).toMatch(/^[0-9a-f]{32}$/);
          break;
        case 'answered':
          expect(answer.body[field]).toEqual(value);
          expect(sent).not.toHaveProperty(field);
          break;
        default:
          expect(cells[column]).toBe('left out');
          expect(sent).toBeDefined();
          expect(sent).not.toHaveProperty(field);
      }
    }
  });
});

test('long texts go through and are repeated as they came', async () => {
  const instructions = 'Be kind. '.repeat(20_000);
  const { status, body } = await ask({ model: LIGHT, instructions, input: 'x' });
  expect(status).toBe(200);
  expect(body.instructions).toBe(instructions);
  expect(upstream.received.at(-1)?.instructions).toBe(instructions);
});

describe('kept responses', () => {
  const get = (id: unknown, key = pro.key) =>
    service.call('GET', `/v1/responses/${id}`, { token: key });
  const rowsOf = (licenseId: string) =>
    service.database.prisma.keptResponse.count({ where: { licenseId } });
  const user = (content: string) => ({ role: 'user', content });

  test('stay until they are deleted, only for their license, with their input', async () => {
    const named = await service.issue('pro');
    const input = [user('My name is Sara.'), user('سلام')];
    const first = await ask({ model: LIGHT, input }, named.key);
    expect(responseObject.parse(first.body).store).toBe(true);
    const { quota: _, usage_breakdown: __, ...kept } = first.body;
    expect((await get(first.body.id, named.key)).body).toEqual(kept);
    const streamed = await get(`${first.body.id}?stream=true`, named.key);
    expect(streamed).toMatchObject({ status: 400, body: { error: { param: 'stream' } } });
    const other = await get(first.body.id);
    expect(other).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    const path = `/api/v1/responses/${first.body.id}`;
    const items = await service.call('GET', `${path}/input_items?order=asc`, { token: named.key });
    expect(items.body).toMatchObject({
      data: [{ content: 'My name is Sara.' }, { content: 'سلام' }],
      has_more: false,
    });
    const sealed = await service.database.prisma.keptResponse.findFirstOrThrow({
      where: { licenseId: named.id },
    });
    expect(Buffer.from(sealed.input ?? []).toString()).not.toContain('Sara');

    const theirs = await service.call('DELETE', path, { token: pro.key });
    expect(theirs.status).toBe(404);
    const removed = await service.call('DELETE', path, { token: named.key });
    expect(removed.body).toEqual({ id: first.body.id, object: 'response', deleted: true });
    expect((await get(first.body.id, named.key)).status).toBe(404);
    expect(await rowsOf(named.id)).toBe(0);
  });

  test('a conversation goes on from its last response, also streamed', async () => {
    const first = await ask({ model: LIGHT, input: 'one', instructions: 'Be brief.' });
    const { events } = await stream({
      model: LIGHT,
      input: 'two',
      previous_response_id: first.body.id,
    });
    const second = events.at(-1)?.response;
    expect(second).toMatchObject({ store: true, previous_response_id: first.body.id });
    const third = await ask({ model: LIGHT, input: 'three', previous_response_id: second?.id });
    expect(third.status).toBe(200);
    const sent = upstream.received.at(-1) as { input: Array<Record<string, unknown>> };
    expect(sent.input.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    expect(sent).not.toHaveProperty('instructions');
    expect(sent).not.toHaveProperty('previous_response_id');
    // It goes on although the first is gone.
    await service.call('DELETE', `/v1/responses/${first.body.id}`, { token: pro.key });
    const again = await ask({ model: LIGHT, input: 'x', previous_response_id: second?.id });
    expect(again.status).toBe(200);
  });

  test('a tool turn goes on by references to items, with the reasoning behind the call', async () => {
    const body = { model: 'fault/turns-1', input: 'x', tools: [tool] };
    const first = await ask(body);
    const [thought, call] = first.body.output as Array<Record<string, string>>;
    const output = { type: 'function_call_output', call_id: call?.call_id, output: 'sunny' };
    const refer = (id: string | undefined) => ({ type: 'item_reference', id });
    // OpenAI lets the type be left out.
    const input = [user('x'), refer(thought?.id), { id: call?.id }, output];
    const second = await ask({ ...body, input });
    expect(second.body).toMatchObject({ status: 'completed', output: [{ type: 'message' }] });

    // Another model gets all but that reasoning, which only the first can read.
    const typesSent = () =>
      listOf(upstream.received.at(-1)?.input).map(item => recordOf(item).type);
    const next = { previous_response_id: first.body.id, input: [output] };
    await ask({ ...body, ...next });
    const whole = ['message', 'reasoning', 'function_call', 'function_call_output'];
    expect(typesSent()).toEqual(whole);
    for (const more of [next, { input }]) {
      upstream.answerNext({ status: 'completed', output: second.body.output });
      await ask({ ...body, ...more, model: 'deepseek/deepseek-chat' });
      expect(typesSent()).toEqual(whole.filter(type => type !== 'reasoning'));
    }
  });

  test.each([
    ['previous_response_id', { previous_response_id: `resp_${'0'.repeat(32)}` }],
    ['previous_response_id', { previous_response_id: 'resp_other' }],
    ['previous_response_id', { previous_response_id: makeKey(randomBytes) }],
    ['input', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
  ])('an unknown one is refused: %s', async (param, more) => {
    const before = await usageOf();
    const answer = await ask({ model: LIGHT, input: 'x', ...more });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'previous_response_not_found', param } },
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/sahm_live_\w/);
    expect(await usageOf()).toEqual(before);
  });

  test('are in the bound of the input, which is free and asks no upstream', async () => {
    const count = async (body: object, key = pro.key) =>
      service.post('/v1/responses/input_tokens', { model: LIGHT, ...body }, bearer(key));
    const long = 'word '.repeat(1_000);
    const first = await ask({ model: LIGHT, input: long });
    const before = await usageOf();
    const calls = upstream.received.length;
    const alone = await count({ input: 'x' });
    expect(alone).toMatchObject({ status: 200, body: { object: 'response.input_tokens' } });
    expect(alone.headers.get('x-quota-charged')).toBe('0');
    const all = await count({ input: 'x', previous_response_id: first.body.id });
    const more = Number(all.body.input_tokens) - Number(alone.body.input_tokens);
    expect(more).toBeGreaterThan(long.length * 0.75);
    const image = { type: 'input_image', image_url: PIXEL.replace(/=*$/, 'A'.repeat(400_000)) };
    const seen = await count({ model: SEES, input: [{ role: 'user', content: [image] }] });
    expect(seen.body.input_tokens).toBeGreaterThan(4_005);
    expect(seen.body.input_tokens).toBeLessThan(4_205);
    const tools = await count({ input: 'x', instructions: 'y'.repeat(400), tools: [tool] });
    expect(Number(tools.body.input_tokens)).toBeGreaterThan(Number(alone.body.input_tokens) + 300);
    expect((await count({})).status).toBe(400);
    expect((await count({ input: 'x', previous_response_id: 'resp_x' })).status).toBe(400);
    expect((await count({ input: 'x' }, 'no')).status).toBe(401);
    expect(await usageOf()).toEqual(before);
    expect(upstream.received).toHaveLength(calls);
  });

  test('content that was kept is checked too', async () => {
    const image = { type: 'input_image', image_url: PIXEL };
    const first = await ask({ model: SEES, input: [{ role: 'user', content: [image] }] });
    const answer = await ask({ model: LIGHT, input: 'x', previous_response_id: first.body.id });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { code: 'content_not_supported' } },
    });
  });

  test('store: false, failed and too large ones are not kept', async () => {
    const own = await service.issue('pro');
    const open = await ask({ model: LIGHT, input: 'x', store: false }, own.key);
    expect(open.body.store).toBe(false);
    await ask({ model: 'fault/status-500', input: 'x' }, own.key);
    await stream({ model: 'fault/cut-6', input: 'x' }, own.key);
    expect(await rowsOf(own.id)).toBe(0);
    const large = await ask({ model: LIGHT, input: 'x '.repeat(2_100_000) }, own.key);
    expect(large).toMatchObject({ status: 200, body: { store: false } });
    expect((await get(large.body.id, own.key)).status).toBe(404);
    const item = (large.body.output as Array<{ id: string }>)[0]?.id;
    const input = [user('x'), { type: 'item_reference', id: item }, user('y')];
    expect((await ask({ model: LIGHT, input }, own.key)).status).toBe(200);
  });

  test('one without a posted hold does not count', async () => {
    const own = await service.issue('pro');
    const { body } = await ask({ model: LIGHT, input: 'x' }, own.key);
    await service.database.prisma.$executeRaw`
      UPDATE hold SET state = 'expired' WHERE license_id = ${own.id}::uuid`;
    expect((await get(body.id, own.key)).status).toBe(404);
  });

  test('can be read with every key of the license, and with no refused one', async () => {
    const own = await service.issue('pro');
    const made = await service.call('POST', '/api/license/keys', {
      token: own.key,
      body: { name: 'bot' },
    });
    const key = String(made.body.secret);
    const { body } = await ask({ model: LIGHT, input: 'x' }, key);
    expect((await get(body.id, own.key)).status).toBe(200);
    await service.deps.admin.licenses.transition(own.id, 'revoke', '', SYSTEM);
    expect((await get(body.id, own.key)).status).toBe(401);
    expect((await get(body.id, key)).status).toBe(401);
    await service.deps.jobs.prune();
    expect(await rowsOf(own.id)).toBe(0);
  });

  test('stay only for their time, and only up to a number for each license', async () => {
    const own = await service.issue('pro');
    const { body } = await ask({ model: LIGHT, input: 'x' }, own.key);
    const { prisma } = service.database;
    await prisma.$executeRaw`
      INSERT INTO kept_response (id, license_id, item_ids, response, created_at)
      SELECT gen_random_uuid(), ${own.id}::uuid, '{}', 'x', sahm_now() - n * interval '1 second'
      FROM generate_series(1, 1100) n`;
    const next = await ask({ model: LIGHT, input: 'x', previous_response_id: body.id }, own.key);
    expect(next.body.store).toBe(true);
    // A license is counted at its first response, then after some more; what is too much goes beside the answer.
    for (let at = 0; at < 31; at++) await ask({ model: LIGHT, input: 'x' }, own.key);
    while ((await rowsOf(own.id)) > 1_000);
    expect(await rowsOf(own.id)).toBe(1_000);
    await prisma.$executeRaw`UPDATE kept_response SET created_at = created_at - interval '24 hours'
      WHERE license_id = ${own.id}::uuid`;
    expect((await get(next.body.id, own.key)).status).toBe(404);
    await service.deps.jobs.prune();
    expect(await rowsOf(own.id)).toBe(0);
  });
});

test('the same Idempotency-Key gives the same bytes, charged once', async () => {
  const headers = { ...bearer(pro.key), 'Idempotency-Key': 'one' };
  const body = { model: LIGHT, input: 'again' };
  const first = await service.post('/v1/responses', body, headers);
  const second = await service.post('/v1/responses', body, headers);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
});

test('a stream with an Idempotency-Key is numbered as any other, and its replay is the same', async () => {
  const asked = () =>
    stream({ model: LIGHT, input: 'again' }, pro.key, { 'Idempotency-Key': 'two' });
  const first = await asked();
  expect(await asked()).toEqual(first);
});
