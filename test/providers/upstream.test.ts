// What goes wrong between Sahm and an upstream, over real sockets.

import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createOpenAi } from '../../src/providers/openai.js';
import { createOpenRouter } from '../../src/providers/openrouter.js';
import type { ChatProvider } from '../../src/providers/port.js';
import { type Sandbox, startSandbox } from '../../src/providers/sandbox/server.js';
import { MAX_CONNECTIONS } from '../../src/providers/upstream.js';
import { callOf, type Fake, NEVER, startHttp, startTcp } from './fakeUpstream.js';

const SHORT_MS = 300;
const LONG_MS = 10_000;

let sandbox: Sandbox;
const closeAfterTest: Array<() => Promise<void>> = [];

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterEach(async () => {
  await Promise.all(closeAfterTest.splice(0).map(close => close()));
});
afterAll(() => sandbox.close());

function adapter(baseUrl: string, timeoutMs = LONG_MS, create = createOpenRouter): ChatProvider {
  const provider = create({ apiKey: 'operators-own-key', baseUrl, timeoutMs });
  closeAfterTest.push(() => provider.close());
  return provider;
}

function askSandbox(fault: string, timeoutMs?: number, create = createOpenRouter) {
  const url = sandbox.url(create === createOpenAi ? 'openai' : 'openrouter');
  const call = callOf({ upstreamId: `any/model#${fault}` });
  return adapter(url, timeoutMs, create).complete(call, NEVER);
}

function ask(fake: Fake, timeoutMs?: number) {
  closeAfterTest.push(fake.close);
  return adapter(fake.origin, timeoutMs).complete(callOf(), NEVER);
}

describe('both adapters', () => {
  test.each([
    ['status-400', 'invalid_request', 'status_400'],
    ['status-401', 'upstream_unavailable', 'status_401'],
    ['status-404', 'upstream_failed', 'status_404'],
    ['status-429', 'upstream_unavailable', 'status_429'],
    ['status-500', 'upstream_failed', 'status_500'],
    ['status-504', 'upstream_timeout', 'status_504'],
    ['moderation', 'invalid_request', 'status_403'],
    ['reset', 'upstream_failed', 'reset'],
    ['reset-body', 'upstream_failed', 'reset'],
    ['malformed', 'upstream_failed', 'malformed'],
    ['empty', 'upstream_failed', 'empty'],
    ['blank', 'upstream_failed', 'empty'],
    ['error-200', 'upstream_failed', 'error_in_200'],
    ['choice-error', 'upstream_failed', 'error_in_200'],
    ['huge', 'upstream_failed', 'too_large'],
    ['html', 'upstream_failed', 'content_type'],
    ['redirect', 'upstream_failed', 'redirect'],
    ['gzip', 'upstream_failed', 'encoded'],
  ])('say of %s: %s, %s', async (fault, code, reason) => {
    const expected = { kind: 'failure', code, reason };
    expect(await askSandbox(fault)).toMatchObject(expected);
    if (fault === 'moderation') return;
    expect(await askSandbox(fault, LONG_MS, createOpenAi)).toMatchObject(expected);
  });

  test('hand on how long the upstream asks to wait', async () => {
    expect(await askSandbox('status-429')).toMatchObject({ retryAfterSeconds: 2 });
  });

  test.each(['tools', 'length', 'image', 'reasoning'])('answer %s', async kind => {
    expect(await askSandbox(kind)).toMatchObject({ kind: 'answer' });
  });
});

describe('the deadline', () => {
  const timeout = { kind: 'failure', code: 'upstream_timeout', reason: 'timeout' };

  test.each(['delay-60000', 'drip-100'])('cuts %s', async fault => {
    expect(await askSandbox(fault, SHORT_MS)).toEqual(timeout);
  });

  test('cuts the wait for a connection', async () => {
    const silent = await startHttp(() => {});
    closeAfterTest.push(silent.close);
    const provider = adapter(silent.origin, SHORT_MS);
    const call = () => provider.complete(callOf(), new AbortController().signal);
    for (const result of await Promise.all(Array.from({ length: MAX_CONNECTIONS + 9 }, call))) {
      expect(result).toEqual(timeout);
    }
  });

  test('cuts a server that never speaks', async () => {
    expect(await ask(await startTcp(() => {}), SHORT_MS)).toEqual(timeout);
  });
});

describe('a caller who leaves', () => {
  const reason = new Error('The client left');

  test('before the call: nothing is sent', async () => {
    const before = sandbox.served.length;
    const call = adapter(sandbox.url('openrouter')).complete(callOf(), AbortSignal.abort(reason));
    await expect(call).rejects.toBe(reason);
    expect(sandbox.served).toHaveLength(before);
  });

  test('while all connections are in use: at once, and nothing is sent', async () => {
    const held: ServerResponse[] = [];
    const server = await startHttp((_request, response) => held.push(response));
    closeAfterTest.push(server.close);
    const provider = adapter(server.origin);
    const call = () => provider.complete(callOf(), new AbortController().signal);
    const calls = Array.from({ length: MAX_CONNECTIONS }, call);
    const left = new AbortController();
    const waiting = provider.complete(callOf(), left.signal);
    left.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await until(() => held.length === MAX_CONNECTIONS);
    for (const response of held) response.writeHead(500).end();
    await Promise.all(calls);
    await provider.complete(callOf(), AbortSignal.timeout(50)).catch(() => {});
    expect(held).toHaveLength(MAX_CONNECTIONS + 1);
  });

  test.each(['delay-60000', 'drip-50'])('during %s: the upstream call is aborted', async fault => {
    const left = new AbortController();
    const call = callOf({ upstreamId: `any/model#${fault}` });
    const result = adapter(sandbox.url('openrouter')).complete(call, left.signal);
    const before = sandbox.served.length;
    await until(() => sandbox.served.length > before);
    left.abort(reason);
    await expect(result).rejects.toBe(reason);
    await until(() => sandbox.served.at(-1)?.ended === true);
    expect(sandbox.served.at(-1)?.clientAborted).toBe(true);
  });
});

describe('odd servers', () => {
  const failedAs = (reason: string) => ({ kind: 'failure', code: 'upstream_failed', reason });

  test('nobody listens', async () => {
    const fake = await startTcp(() => {});
    await fake.close();
    expect(await adapter(fake.origin).complete(callOf(), NEVER)).toEqual(failedAs('refused'));
  });

  test('a name that does not exist', async () => {
    const result = await adapter('http://nothing.invalid/v1').complete(callOf(), NEVER);
    expect(result).toMatchObject({ kind: 'failure', code: 'upstream_failed' });
  });

  test.each([
    ['the connection ends before the headers', '', 'reset'],
    ['what comes is no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n\r\n', 'malformed'],
    ['the headers have no end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}`, 'too_large'],
    [
      'the body is shorter than announced',
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{}',
      'reset',
    ],
    ['no content type', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}', 'content_type'],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', 'status_204'],
  ])('%s', async (_name, reply, reason) => {
    expect(await ask(await startTcp(socket => socket.end(reply)))).toEqual(failedAs(reason));
  });

  test('a status whose body breaks off is still that status', async () => {
    const dripping = await startHttp((_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).write('{');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await ask(dripping)).toMatchObject({ reason: 'status_401', alert: expect.anything() });
  });

  test('20 MiB of JSON pass and one byte more does not', async () => {
    const start = '{"choices":[{"message":{"content":"';
    const end = '"}}]}';
    const limitBytes = 20 * 1024 * 1024;
    const body = (bytes: number) => start + 'x'.repeat(bytes - start.length - end.length) + end;
    for (const [bytes, kind] of [
      [limitBytes, 'answer'],
      [limitBytes + 1, 'failure'],
    ] as const) {
      const server = await startHttp((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' });
        response.end(body(bytes));
      });
      expect((await ask(server)).kind).toBe(kind);
    }
  });

  test('an upstream that repeats our key, or any key, in its refusal', async () => {
    const license = `sahm_live_${'Z9'.repeat(18)}`;
    const words = `Bad: operators-own-key, Bearer operators-own-key, sk-or-v1-abc123, ${license}`;
    const echo = await startHttp((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message: words } }));
    });
    const result = await ask(echo);
    expect(result).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringMatching(/^Bad/),
    });
    expect(JSON.stringify(result)).not.toMatch(/operators-own-key|sk-or|sahm_live/);
  });
});

test('connections are kept and used again, also after a failure', async () => {
  const ports = new Set<number | undefined>();
  const server = await startHttp((request, response) => {
    ports.add(request.socket.remotePort);
    request.resume();
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end('{}');
  });
  closeAfterTest.push(server.close);
  const provider = adapter(server.origin);
  for (let round = 0; round < 20; round += 1) await provider.complete(callOf(), NEVER);
  // A second one is opened where the first is not free yet when the next call comes.
  expect(ports.size).toBeLessThanOrEqual(2);
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
}
