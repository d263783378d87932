// The fields that reach each provider. Compares the service with the table of docs/openai.md.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withThought } from '../../src/domain/thought.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type Service, startService } from '../harness/service.js';
import { type Fake, type Received, startRecorder } from '../providers/fakeUpstream.js';

const FUNCTION = { type: 'function', function: { name: 'f', parameters: { type: 'object' } } };
/** A value of each field. */
const VALUES: Record<string, unknown> = {
  temperature: 0.5,
  top_p: 0.5,
  frequency_penalty: 1,
  presence_penalty: 1,
  top_k: 5,
  min_p: 0.1,
  top_a: 0.1,
  repetition_penalty: 1.1,
  max_completion_tokens: 50,
  max_tokens: 50,
  seed: 7,
  stop: ['x'],
  logprobs: true,
  top_logprobs: 2,
  logit_bias: { 50: 1 },
  response_format: { type: 'json_object' },
  tools: [FUNCTION],
  tool_choice: 'none',
  parallel_tool_calls: false,
  reasoning_effort: 'low',
  reasoning: { effort: 'low', exclude: true },
  include_reasoning: false,
  verbosity: 'low',
  modalities: ['text'],
  cache_control: { type: 'ephemeral' },
  prompt_cache_key: 'a key',
  prompt_cache_retention: '24h',
  transforms: ['middle-out'],
  n: 1,
  store: true,
  service_tier: 'priority',
  user: '',
  safety_identifier: 'x',
  session_id: 'x',
  metadata: { a: 'b' },
  usage: { include: true },
  prediction: { type: 'content', content: 'x' },
  trace: { trace_id: 'x' },
  debug: { echo_upstream_body: true },
  route: 'fallback',
  prompt_cache_options: { mode: 'implicit' },
  models: ['other/model'],
  provider: { order: ['x'] },
  plugins: [{ id: 'web' }],
  web_search_options: {},
  'any other': 1,
};
/** With which another has to come. */
const WITH: Record<string, object> = { tool_choice: { tools: [FUNCTION] } };

const PLAIN = 'openai/plain';
const COLUMNS = ['qwen/qwen-2.5-7b-instruct', PLAIN, 'openai/gpt-5.2'];

let service: Service;
let key: string;
let openrouter: Fake & { received: Received[] };
let openai: Fake & { received: Received[] };
beforeAll(async () => {
  [openrouter, openai] = [await startRecorder(), await startRecorder()];
  service = await startService({
    faults: ['tools'],
    changes: {
      'fault/tools': {
        id: PLAIN,
        provider: 'openai',
        upstream_id: 'gpt-4.1',
        minimum_plan: 'vip',
      },
    },
    env: {
      OPENROUTER_API_KEY: 'sk-or-test',
      OPENROUTER_BASE_URL: openrouter.origin,
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: openai.origin,
    },
  });
  key = await rich();
});
/** The key of a license that may ask often. */
async function rich(): Promise<string> {
  const license = await service.issue('vip');
  await service.deps.admin.licenses.change(license.id, { limits: { openai: 1_000 } }, SYSTEM);
  return license.key;
}

afterAll(async () => {
  await service?.close();
  await openrouter?.close();
  await openai?.close();
});

const rows = readFileSync('docs/openai.md', 'utf8')
  .split('\n')
  .filter(line => /^\| (`\w+`|any other) \|.*\|.*\|.*\|$/.test(line))
  .map(line =>
    line
      .split('|')
      .map(cell => cell.trim())
      .slice(1, -1),
  )
  .map(([name = '', ...cells]) => ({ name: name.replaceAll('`', ''), cells }));

async function send(model: string, more: object) {
  const before = openrouter.received.length + openai.received.length;
  const messages = [{ role: 'user', content: 'x' }];
  const body = { model, messages, ...more };
  const answer = await service.post('/v1/chat/completions', body, {
    Authorization: `Bearer ${key}`,
  });
  const isSent = openrouter.received.length + openai.received.length > before;
  const received = COLUMNS.indexOf(model) === 0 ? openrouter.received : openai.received;
  return { answer, sent: isSent ? received.at(-1)?.body : undefined };
}

test('the table has every field of the options, and the test a value for each', () => {
  expect(rows.map(({ name }) => name).sort()).toEqual(Object.keys(VALUES).sort());
});

describe.each(rows)('$name', ({ name, cells }) => {
  test.each(COLUMNS.map((model, index) => [model, cells[index] ?? '']))(
    'to %s: %s',
    async (model, cell) => {
      const field = name === 'any other' ? 'no_such_field' : name;
      const value = VALUES[name];
      const { answer, sent } = await send(model, { ...WITH[name], [field]: value });
      if (cell === 'refused') {
        expect(answer.status).toBe(400);
        expect(answer.body).toMatchObject({ error: { code: 'invalid_request', param: field } });
        expect(sent).toBeUndefined();
        return;
      }
      expect(answer.status).toBe(200);
      const as = /^as `(\w+)`$/.exec(cell)?.[1];
      if (cell === 'as it is') expect(sent?.[field]).toEqual(value);
      else if (cell === 'left out') expect(sent).not.toHaveProperty(field);
      else if (as) {
        expect(sent).not.toHaveProperty(field);
        expect(sent).toHaveProperty(as);
      } else if (cell === 'as a key of the license') {
        expect(sent?.[field]).toMatch(/^[0-9a-f]{32}$/);
      } else {
        expect(cell).toBe('while it does not reason');
        expect(sent?.[field]).toEqual(value);
        const reasoning = await send(model, { [field]: value, reasoning_effort: 'high' });
        expect(reasoning.sent).not.toHaveProperty(field);
      }
    },
  );
});

test.each([
  ['functions', [{ name: 'f' }], 'tools'],
  ['function_call', 'auto', 'tool_choice'],
  ['max_output_tokens', 5, 'max_completion_tokens'],
  ['temprature', 1, 'temperature'],
])('the refusal of %s says what to use', async (field, value, meant) => {
  const { answer } = await send(COLUMNS[0] as string, { [field]: value });
  expect(answer).toMatchObject({ status: 400, body: { error: { param: field } } });
  expect((answer.body.error as { message: string }).message).toContain(`Use "${meant}"`);
});

test('OpenAI gets the most verbosity that it knows', async () => {
  const verbosities = [];
  for (const model of COLUMNS) verbosities.push((await send(model, { verbosity: 'max' })).sent);
  expect(verbosities.map(sent => sent?.verbosity)).toEqual(['max', 'high', 'high']);
});

test.each([
  [{ enabled: true }, 'medium'],
  [{ max_tokens: 2_000 }, 'medium'],
  [{ effort: 'high', max_tokens: 2_000 }, 'high'],
  [{ enabled: false }, undefined],
  [{ exclude: true }, undefined],
])('reasoning %j is the effort %s at OpenAI, of models that reason', async (reasoning, effort) => {
  expect((await send('openai/gpt-5.2', { reasoning })).sent?.reasoning_effort).toBe(effort);
  const plain = 'effort' in reasoning ? effort : undefined;
  expect((await send(PLAIN, { reasoning })).sent?.reasoning_effort).toBe(plain);
});

describe('fields that mean nothing are accepted and not sent', () => {
  test.each(
    Object.entries({
      models: [],
      provider: {},
      plugins: [],
      stop: [],
      metadata: [],
      logit_bias: [],
      response_format: [],
      reasoning: [],
      user: '',
      prompt_cache_key: '',
      stream_options: [],
      // Fields that are refused otherwise.
      audio: null,
      web_search_options: null,
      api_key: '',
    }),
  )('%s: %j', async (field, value) => {
    for (const model of COLUMNS) {
      const { answer, sent } = await send(model, { [field]: value });
      expect(answer.status).toBe(200);
      expect(sent).not.toHaveProperty(field);
    }
  });

  test('an empty list of tools, with its choice', async () => {
    for (const model of COLUMNS) {
      const { sent } = await send(model, {
        tools: [],
        tool_choice: 'auto',
        parallel_tool_calls: true,
      });
      expect(Object.keys(sent ?? {}).filter(name => /tool/.test(name))).toEqual([]);
    }
  });
});

describe('a reply may be sent back', () => {
  const call = {
    id: 'call_1',
    type: 'function',
    function: { name: 'f', arguments: '{}' },
    extra_content: { google: { thought_signature: 'c2ln' } },
  };
  const turn = {
    role: 'assistant',
    content: null,
    refusal: null,
    reasoning: 'Hm.',
    reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZGF0YQ==' }],
    reasoning_content: 'Hm.',
    tool_calls: [call],
    annotations: [],
  };
  const history = [
    {
      role: 'user',
      content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    },
    turn,
    { role: 'tool', tool_call_id: 'call_1', name: '', content: '1' },
  ];

  test('to OpenRouter with its reasoning, signatures and marks for the cache', async () => {
    const { answer, sent } = await send(COLUMNS[0] as string, { messages: history });
    expect(answer.status).toBe(200);
    const { messages = [] } = sent as { messages?: Array<Record<string, unknown>> };
    const [user, assistant, tool] = messages;
    expect(user).toEqual(history[0]);
    const { reasoning, reasoning_details, reasoning_content } = turn;
    expect(assistant).toMatchObject({
      reasoning,
      reasoning_details,
      reasoning_content,
      tool_calls: [call],
    });
    expect(tool).toEqual({ role: 'tool', tool_call_id: 'call_1', content: '1' });
  });

  test('a picture that a tool gave goes on, to models that see', async () => {
    const image_url = { url: 'https://example.org/screen.png' };
    const content = [
      { type: 'text', text: 'x' },
      { type: 'image_url', image_url },
    ];
    const messages = [
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content },
    ];
    await send('qwen/qwen3-vl-8b-instruct', { messages });
    expect(openrouter.received.at(-1)?.body).toMatchObject({
      messages: [{}, { role: 'tool', content }],
    });
    const { answer } = await send(COLUMNS[0] as string, { messages });
    expect(answer.body).toMatchObject({ error: { code: 'content_not_supported' } });
  });

  test('also what cannot be stored, and a refusal beside an empty text', async () => {
    const broken = { ...call, function: { name: 'f', arguments: '{"a":"\0"}' } };
    const messages = [
      { role: 'assistant', content: 'a\0b\ud83d', tool_calls: [broken] },
      { role: 'tool', tool_call_id: 'call_1', content: '1' },
      { role: 'assistant', content: '', refusal: 'No.' },
    ];
    for (const model of COLUMNS) {
      const { answer, sent } = await send(model, { messages });
      expect(answer.status).toBe(200);
      expect(sent?.messages).toMatchObject([
        { content: 'ab\ufffd', tool_calls: [{ function: { arguments: '{"a":""}' } }] },
        {},
        { content: 'No.' },
      ]);
    }
    const { answer } = await send(PLAIN, { messages: [{ role: 'user', content: 'a\0b' }] });
    expect([answer.status, answer.headers.get('x-quota-charged')]).toEqual([400, '0']);
  });

  test('to OpenAI without them', async () => {
    const { answer, sent } = await send('openai/gpt-5.2', { messages: history });
    expect(answer.status).toBe(200);
    const { extra_content: _, ...plain } = call;
    expect(sent?.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'x' }] },
      { role: 'assistant', content: null, tool_calls: [plain] },
      { role: 'tool', tool_call_id: 'call_1', content: '1' },
    ]);
  });

  test.each([
    { role: 'assistant', content: null, refusal: null },
    { role: 'assistant', content: '' },
    {
      role: 'assistant',
      content: null,
      images: [{ type: 'image_url', image_url: { url: 'https://a.example/b.png' } }],
    },
  ])('also without content: %j', async message => {
    const messages = [{ role: 'user', content: 'x' }, message, { role: 'user', content: 'y' }];
    for (const model of COLUMNS) expect((await send(model, { messages })).answer.status).toBe(200);
  });

  test('from the ids alone, unchanged to OpenRouter and without it to OpenAI', async () => {
    const thought = {
      reasoning_details: turn.reasoning_details,
      extra_content: call.extra_content,
    };
    const id = withThought('call_1', thought);
    const messages = [
      { role: 'user', content: 'x' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id, type: 'function', function: call.function }],
      },
      { role: 'tool', tool_call_id: id, content: '1' },
    ];
    const { sent } = await send(COLUMNS[0] as string, { messages });
    const { messages: received = [] } = sent as { messages?: unknown[] };
    expect(received.slice(1)).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [call],
        reasoning_details: turn.reasoning_details,
      },
      { role: 'tool', tool_call_id: 'call_1', content: '1' },
    ]);
    const plain = await send('openai/gpt-5.2', { messages });
    expect(JSON.stringify(plain.sent)).not.toMatch(/thought|reasoning/);
  });

  test('two licenses never share a place in the cache of a provider', async () => {
    const other = await rich();
    const first = (await send('openai/gpt-5.2', { prompt_cache_key: 'k' })).sent?.prompt_cache_key;
    const again = (await send('openai/gpt-5.2', { prompt_cache_key: 'k' })).sent?.prompt_cache_key;
    const own = key;
    key = other;
    const others = (await send('openai/gpt-5.2', { prompt_cache_key: 'k' })).sent?.prompt_cache_key;
    key = own;
    expect(again).toBe(first);
    expect(others).not.toBe(first);
  });
});

describe('media in the forms of messengers and scripts', () => {
  const PNG =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const JPEG = '/9j/4AAQSkZJRgABAQ==';
  const broken = (PNG.match(/.{1,20}/g) as string[]).join('\r\n');
  const model = 'google/gemini-2.5-flash';

  const sendPart = async (part: object) => {
    const models = [...service.deps.chat.catalog().models.values()];
    const taking = models.find(
      ({ provider, card }) =>
        provider === 'openrouter' &&
        ['image', 'audio', 'file'].every(kind => card.inputModalities.includes(kind as never)),
    );
    const { answer } = await send(taking?.id ?? model, {
      messages: [{ role: 'user', content: [part] }],
    });
    const sent = openrouter.received.at(-1)?.body.messages as Array<{
      content: Array<Record<string, never>>;
    }>;
    return { answer, part: answer.status === 200 ? sent[0]?.content[0] : undefined };
  };

  test.each([
    [`data:image/png;base64,${broken}`, `data:image/png;base64,${PNG}`],
    [`data:image/png;base64,${PNG.replace(/=+$/, '')}`, `data:image/png;base64,${PNG}`],
    [`data:image/png;charset=utf-8;base64,${PNG}`, `data:image/png;base64,${PNG}`],
    [`data:image/png;name=a.png;base64,${PNG}`, `data:image/png;base64,${PNG}`],
    [`data:image/jpg;base64,${JPEG}`, `data:image/jpeg;base64,${JPEG}`],
    [`DATA:IMAGE/PNG;BASE64,${PNG}`, `data:image/png;base64,${PNG}`],
    [
      `data:image/png;base64,${Buffer.from(PNG, 'base64').toString('base64url')}`,
      `data:image/png;base64,${PNG}`,
    ],
  ])('an image %s', async (url, tidy) => {
    const { part } = await sendPart({ type: 'image_url', image_url: { url } });
    expect(part).toEqual({ type: 'image_url', image_url: { url: tidy } });
  });

  test.each(['ogg', 'm4a', 'flac', 'aac', 'WAV', 'mp3', 'aiff', 'pcm16', 'pcm24'])(
    'audio of the format %s',
    async format => {
      const { part } = await sendPart({
        type: 'input_audio',
        input_audio: { data: 'AAAA\nAAA', format },
      });
      const expected = { data: 'AAAAAAA=', format: format.toLowerCase() };
      expect(part).toEqual({ type: 'input_audio', input_audio: expected });
    },
  );

  test.each([
    ['oga', 'ogg'],
    ['audio/ogg; codecs=opus', 'ogg'],
    ['.MPEG', 'mp3'],
    ['audio/x-m4a', 'm4a'],
  ])('audio that its sender calls %s', async (format, name) => {
    const { part } = await sendPart({ type: 'input_audio', input_audio: { data: 'AAAA', format } });
    expect(part?.input_audio).toMatchObject({ format: name });
  });

  test('an image of all its details, as far as its provider knows that', async () => {
    const image = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } };
    const whole = { ...image, image_url: { ...image.image_url, detail: 'original' } };
    expect((await sendPart(whole)).part).toEqual(whole);
    const messages = [{ role: 'user', content: [whole] }];
    const { sent } = await send('openai/gpt-5.2', { messages });
    expect(sent).toMatchObject({
      messages: [{ content: [{ image_url: { detail: 'high' } }] }],
    });
  });

  test.each([
    [{ type: { toString: 1 } }, 'messages[0].content[0].type'],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: { toString: 1 } } },
      'messages[0].content[0].input_audio.format',
    ],
  ])('a value in place of a text is refused: %j', async (part, param) => {
    const { answer } = await sendPart(part);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { param } });
  });

  test.each([1_000, 80_000])(
    'a long voice of %i lines, with and without line breaks',
    async lines => {
      const line = 'QUJD'.repeat(19);
      for (const [join, format] of [
        ['', 'mp3'],
        ['\r\n', 'ogg'],
      ] as const) {
        const voice = { data: Array(lines).fill(line).join(join), format };
        const { part } = await sendPart({ type: 'input_audio', input_audio: voice });
        const sent = part?.input_audio as { data: string } | undefined;
        const isTidy = join === '' || lines === 1_000;
        expect(sent?.data === (isTidy ? line.repeat(lines) : voice.data)).toBe(true);
      }
    },
  );

  test.each([
    [
      { type: 'input_audio', input_audio: { data: '***', format: 'wav' } },
      'messages[0].content[0].input_audio.data',
    ],
    [
      {
        type: 'input_audio',
        input_audio: { data: 'Once upon a time,\n'.repeat(5_000), format: 'wav' },
      },
      'messages[0].content[0].input_audio.data',
    ],
    [
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'midi' } },
      'messages[0].content[0].input_audio.format',
    ],
    [
      { type: 'file', file: { file_data: 'data:application/pdf;base64,***' } },
      'messages[0].content[0].file.file_data',
    ],
  ])('other values are refused and not sent: %.99j', async (part, param) => {
    const before = openrouter.received.length;
    const { answer } = await sendPart(part);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: { param } });
    expect(openrouter.received.length).toBe(before);
  });
});
