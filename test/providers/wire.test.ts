// A wire that has nothing in common with chat completions: other headers, another body, named events.

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { failed } from '../../src/domain/chat.js';
import { recordOf, textOf } from '../../src/domain/unknownJson.js';
import { createGateway } from '../../src/providers/gateway.js';
import { openai } from '../../src/providers/openai/wire.js';
import type { ChatProvider, StreamStep, Wire } from '../../src/providers/port.js';
import { createUpstream } from '../../src/providers/upstream.js';
import { callOf, NEVER, startHttp } from './fakeUpstream.js';

const WIRE: Wire = {
  baseUrl: 'http://127.0.0.1:9',
  headersFor: apiKey => ({ 'x-own-key': apiKey }),
  chat: {
    path: '/say',
    bodyOf: ({ upstreamId }, isStreamed) => ({ to: upstreamId, isStreamed }),
    readAnswer: body => ({
      kind: 'answer',
      message: { role: 'assistant', content: textOf(recordOf(body).words) ?? '' },
      finishReason: 'stop',
      tokens: null,
    }),
    startReading() {
      let words = 0;
      return {
        read({ event, data }) {
          if (event === 'over') return { kind: 'done' };
          if (event !== 'word') return failed(`event_${event}`);
          words += 1;
          const choice = { index: 0, delta: { content: `${words}:${data}` }, finish_reason: null };
          return { kind: 'chunk', choice, tokens: null };
        },
      };
    },
  },
  keyPath: '/key',
  models: { path: '/list', read: body => (Array.isArray(body) ? [] : failed('malformed')) },
  readRefusal: (_status, body) => ({
    meaning: recordOf(body).poor === true ? 'out_of_credit' : undefined,
    words: recordOf(body).why,
    param: undefined,
    code: undefined,
  }),
  standIn: openai.standIn,
};

interface Seen {
  line: string;
  headers: IncomingHttpHeaders;
  body: string;
}

const opened: Array<{ close(): Promise<void> }> = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

/** An upstream that `answer` answers for, reached with each of the keys. */
async function start(answer: (response: ServerResponse, key: string) => void, keys = ['one']) {
  const seen: Seen[] = [];
  const server = await startHttp(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, url, headers } = request;
    seen.push({ line: `${method} ${url}`, headers, body: Buffer.concat(chunks).toString() });
    answer(response, String(headers['x-own-key']));
  });
  const adapters = keys.map(apiKey =>
    createUpstream(WIRE, { apiKey, baseUrl: `${server.origin}/own`, timeoutMs: 10_000 }),
  );
  opened.push(server, ...adapters);
  return { seen, adapters, adapter: adapters[0] as ChatProvider };
}

const json = (response: ServerResponse, status: number, body: object) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

test('requests are built by the wire, with nothing of another', async () => {
  const { adapter, seen } = await start(response => json(response, 200, { words: 'Hello' }));
  expect(await adapter.complete(callOf(), NEVER)).toMatchObject({ message: { content: 'Hello' } });
  expect(seen).toMatchObject([
    { line: 'POST /own/say', body: '{"to":"any/model","isStreamed":false}' },
  ]);
  expect(seen[0]?.headers).toMatchObject({ 'x-own-key': 'one' });
  expect(seen[0]?.headers).not.toHaveProperty('authorization');
});

test('an answer without content is a failure, for every wire', async () => {
  const { adapter } = await start(response => json(response, 200, { words: '' }));
  expect(await adapter.complete(callOf(), NEVER)).toEqual(failed('empty'));
});

test('the list of models is requested and read by the wire', async () => {
  const { adapter, seen } = await start(response => json(response, 200, []));
  expect(await adapter.listModels(NEVER)).toEqual([]);
  expect(seen[0]?.line).toBe('GET /own/list');
});

async function streamOf(adapter: ChatProvider): Promise<StreamStep[]> {
  const stream = adapter.stream(callOf(), NEVER);
  const steps: StreamStep[] = [];
  while (!steps.some(({ kind }) => kind !== 'piece')) steps.push(await stream.next());
  stream.close();
  return steps;
}

const EVENTS = 'event: word\ndata: a\n\nevent: word\ndata: b\n\n';
const streaming = (text: string) => (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);

test('each stream has its own reader, and ends with the wire’s last event', async () => {
  const { adapter, seen } = await start(streaming(`${EVENTS}event: over\ndata: .\n\n`));
  for (let turn = 0; turn < 2; turn++) {
    const steps = await streamOf(adapter);
    const choices = steps.flatMap(step =>
      step.kind === 'piece' && 'choices' in step ? step.choices : [],
    );
    expect(choices.map(({ delta }) => delta.content)).toEqual(['1:a', '2:b']);
    expect(steps.at(-1)).toMatchObject({ kind: 'end', lastChoice: { finish_reason: 'stop' } });
  }
  expect(seen[0]?.body).toBe('{"to":"any/model","isStreamed":true}');
});

test.each([
  ['breaks off', EVENTS, 'cut'],
  ['says an error', `${EVENTS}event: sorry\ndata: x\n\n`, 'event_sorry'],
  ['had no content', 'event: over\ndata: .\n\n', 'empty'],
  // The end of chat completions means nothing here.
  ['ends as others do', `${EVENTS}data: [DONE]\n\n`, 'event_undefined'],
])('a stream that %s has failed', async (_name, events, reason) => {
  const { adapter } = await start(streaming(events));
  expect((await streamOf(adapter)).at(-1)).toEqual(failed(reason));
});

test('a refusal has the message that the wire reads', async () => {
  const { adapter } = await start(response => json(response, 400, { why: 'Too long.' }));
  expect(await adapter.complete(callOf(), NEVER)).toMatchObject({
    code: 'invalid_request',
    detail: 'Too long.',
  });
});

test('after a refusal about our account, another key is tried', async () => {
  const poor = { poor: true, why: 'Your credit is used up.' };
  const { adapters, adapter } = await start(
    (response, key) =>
      key === 'one' ? json(response, 400, poor) : json(response, 200, { words: 'Hello' }),
    ['one', 'two'],
  );
  const alone = await adapter.complete(callOf(), NEVER);
  expect(alone).toMatchObject({ code: 'upstream_unavailable', alert: expect.any(String) });
  expect(alone).not.toHaveProperty('detail');
  const gateway = createGateway(adapters, {
    timeoutMs: 10_000,
    alert: () => {},
    failed: () => {},
    timed: () => {},
  });
  const model = { id: 'a/b', upstreamId: 'a/b', reasoning: false } as never;
  const call = { holdId: 'h', licenseId: 'l', models: [model], messages: [], options: {} };
  for (let turn = 0; turn < 2; turn++) {
    expect(await gateway.complete(call, NEVER)).toMatchObject({ kind: 'reached' });
  }
});
