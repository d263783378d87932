// Upstreams that break the rules of HTTP or JSON, or repeat our keys.

import { afterEach, describe, expect, test } from '@jest/globals';
import { openrouter } from '../../src/providers/openrouter/wire.js';
import type { ChatProvider } from '../../src/providers/port.js';
import { createUpstream } from '../../src/providers/upstream.js';
import { callOf, type Fake, NEVER, startHttp, startTcp } from './fakeUpstream.js';

const closeAfterTest: Array<() => Promise<void>> = [];
afterEach(async () => {
  await Promise.all(closeAfterTest.splice(0).map(close => close()));
});

function adapter(baseUrl: string): ChatProvider {
  const provider = createUpstream(openrouter, {
    apiKey: 'operators-own-key',
    baseUrl,
    timeoutMs: 10_000,
  });
  closeAfterTest.push(() => provider.close());
  return provider;
}

function ask(fake: Fake) {
  closeAfterTest.push(fake.close);
  return adapter(fake.origin).complete(callOf(), NEVER);
}

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

  test('a status counts even if its body breaks off', async () => {
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

  test('an upstream that repeats a key in its refusal', async () => {
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
