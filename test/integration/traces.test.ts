// Traces of chats, as an OpenTelemetry collector receives them.

import { afterAll, afterEach, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { type Service, startService } from '../harness/service.js';
import { type Fake, type Received, startHttp, startRecorder } from '../providers/fakeUpstream.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const PROMPT = 'a prompt that no trace may have';

interface SentSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  status: { code: number };
  attributes: Array<{ key: string; value: Record<string, unknown> }>;
}

let service: Service | undefined;
const open: Fake[] = [];
afterEach(async () => {
  await service?.close();
  service = undefined;
});
afterAll(async () => {
  for (const fake of open) await fake.close();
});

async function start(env: Record<string, string> = {}) {
  const bodies: string[] = [];
  const collector = await startHttp((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', part => {
      text += part;
    });
    request.on('end', () => {
      bodies.push(`${request.url} ${request.headers.authorization} ${text}`);
      response.setHeader('Content-Type', 'application/json').end('{}');
    });
  });
  const upstream: Fake & { received: Received[] } = await startRecorder();
  open.push(collector, upstream);
  const running = await startService({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.origin,
      OPENROUTER_API_KEY: 'sk-or-v1-0123456789abcdef0123456789abcdef',
      OPENROUTER_BASE_URL: `${upstream.origin}/api/v1`,
      ...env,
    },
  });
  service = running;
  const { key, id } = await running.issue('basic');
  return {
    bodies,
    upstream,
    key,
    licenseId: id,
    chat: (more: object = {}) =>
      running.post(
        '/api/chat_v3',
        { api_key: key, model: LIGHT, prompt: PROMPT, ...more },
        { traceparent: `00-${TRACE}-${PARENT}-00` },
      ),
    /** Ends the service, which delivers what it has; returns all spans by name. */
    async spans(): Promise<Map<string, SentSpan>> {
      await running.close();
      service = undefined;
      await until(() => bodies.length > 0, 5_000);
      const sent = bodies.flatMap(body => {
        const parsed = JSON.parse(body.slice(body.indexOf('{')));
        return parsed.resourceSpans[0].scopeSpans[0].spans as SentSpan[];
      });
      return new Map(sent.map(span => [span.name, span]));
    },
  };
}

function attributesOf(span: SentSpan | undefined): Record<string, unknown> {
  return Object.fromEntries(
    (span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
  );
}

test('a chat is one trace, which goes on with the client’s: request, hold, each try, settling', async () => {
  const traced = await start({
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20collector-token',
    OTEL_SERVICE_NAME: 'sahm-of-the-test',
  });
  const { headers } = await traced.chat();
  const spans = await traced.spans();
  expect([...spans.keys()].sort()).toEqual(['POST /api/chat_v3', 'hold', 'settle', 'upstream']);
  const request = spans.get('POST /api/chat_v3');
  expect(request).toMatchObject({ traceId: TRACE, parentSpanId: PARENT });
  for (const name of ['hold', 'upstream', 'settle']) {
    expect(spans.get(name)).toMatchObject({ traceId: TRACE, parentSpanId: request?.spanId });
  }
  expect(attributesOf(request)).toMatchObject({
    'sahm.request.id': headers.get('x-request-id'),
    'sahm.license.id': traced.licenseId,
    'sahm.outcome': 'success',
    'gen_ai.request.model': LIGHT,
  });
  expect(attributesOf(spans.get('upstream'))).toMatchObject({
    'gen_ai.provider.name': 'openrouter',
  });
  const all = traced.bodies.join('\n');
  expect(all).toMatch(/^\/v1\/traces Bearer collector-token .*sahm-of-the-test/);
  for (const secret of [traced.key, PROMPT, 'sk-or-v1-']) expect(all).not.toContain(secret);
});

test('a refused chat is an error in its trace, with its code', async () => {
  const traced = await start();
  await traced.chat({ model: 'no/such-model' });
  const spans = await traced.spans();
  const request = spans.get('POST /api/chat_v3');
  expect(request?.status.code).toBe(2);
  expect(attributesOf(request)).toMatchObject({ 'error.type': 'model_not_found' });
  expect([...spans.keys()]).toEqual(['POST /api/chat_v3']);
});

test('a stream’s call to the upstream lasts until its end', async () => {
  // The sandbox, which streams.
  const traced = await start({ OPENROUTER_API_KEY: '' });
  const response = await fetch(`${service?.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${traced.key}` },
    body: JSON.stringify({
      model: LIGHT,
      messages: [{ role: 'user', content: PROMPT }],
      stream: true,
    }),
  });
  await response.text();
  const spans = await traced.spans();
  expect([...spans.keys()].sort()).toEqual([
    'POST /v1/chat/completions',
    'hold',
    'settle',
    'upstream',
  ]);
  expect(spans.get('upstream')?.status.code).not.toBe(2);
});

test.each<[string, boolean]>([
  ['off', false],
  ['on', true],
])('with TRACEPARENT_UPSTREAM=%s the upstream is told of the trace: %s', async (value, isTold) => {
  const traced = await start({ TRACEPARENT_UPSTREAM: value });
  await traced.chat();
  const told = traced.upstream.received.at(-1)?.headers.traceparent;
  const spans = await traced.spans();
  if (isTold) expect(told).toBe(`00-${TRACE}-${spans.get('upstream')?.spanId}-01`);
  else expect(told).toBeUndefined();
});

test('with a share of 0 nothing is traced, whatever the client asks for', async () => {
  const traced = await start({ OTEL_TRACES_SAMPLER_ARG: '0' });
  expect((await traced.chat()).status).toBe(200);
  await service?.close();
  service = undefined;
  expect(traced.bodies).toEqual([]);
});

test('a collector that is away fails no request, and does not keep the service from ending', async () => {
  const traced = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  expect((await traced.chat()).status).toBe(200);
});

test('without a collector there is no tracer', async () => {
  service = await startService();
  expect(service.deps.tracer).toBeNull();
});
