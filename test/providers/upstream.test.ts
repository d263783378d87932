// Failures between Sahm and an upstream, over real sockets.

import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Cancellation, CancelledError } from '../../src/domain/cancellation.js';
import type { Provider } from '../../src/domain/provider.js';
import { WIRES } from '../../src/providers/index.js';
import { openrouter } from '../../src/providers/openrouter/wire.js';
import type { ChatProvider, Wire } from '../../src/providers/port.js';
import { type Sandbox, startSandbox } from '../../src/providers/sandbox/server.js';
import { createUpstream, MAX_CONNECTIONS } from '../../src/providers/upstream.js';
import { callOf, NEVER, startHttp, startTcp } from './fakeUpstream.js';

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

function adapter(baseUrl: string, timeoutMs = LONG_MS, wire: Wire = openrouter): ChatProvider {
  const provider = createUpstream(wire, { apiKey: 'operators-own-key', baseUrl, timeoutMs });
  closeAfterTest.push(() => provider.close());
  return provider;
}

function askSandbox(fault: string, timeoutMs?: number, provider: Provider = 'openrouter') {
  const call = callOf({ upstreamId: `any/model#${fault}` });
  return adapter(sandbox.url(provider), timeoutMs, WIRES[provider]).complete(call, NEVER);
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
    ['huge', 'upstream_failed', 'too_large'],
    ['html', 'upstream_failed', 'content_type'],
    ['redirect', 'upstream_failed', 'redirect'],
    ['gzip', 'upstream_failed', 'encoded'],
  ])('turn %s into: %s, %s', async (fault, code, reason) => {
    const expected = { kind: 'failure', code, reason };
    expect(await askSandbox(fault)).toMatchObject(expected);
    if (fault === 'moderation') return;
    expect(await askSandbox(fault, LONG_MS, 'openai')).toMatchObject(expected);
  });

  test.each(['error-200', 'choice-error'])('turn %s into what its code means', async fault => {
    const expected = { kind: 'failure', code: 'upstream_failed' };
    expect(await askSandbox(fault)).toMatchObject({ ...expected, reason: 'status_502' });
    // OpenAI's errors have a type where OpenRouter's have a number.
    const openai = await askSandbox(fault, LONG_MS, 'openai');
    expect(openai).toMatchObject({ ...expected, reason: 'status_500' });
  });

  test('pass on how long the upstream asks to wait', async () => {
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
    const call = () => provider.complete(callOf(), new Cancellation());
    for (const result of await Promise.all(Array.from({ length: MAX_CONNECTIONS + 9 }, call))) {
      expect(result).toEqual(timeout);
    }
  });

  test('cuts a server that never speaks', async () => {
    const silent = await startTcp(() => {});
    closeAfterTest.push(silent.close);
    expect(await adapter(silent.origin, SHORT_MS).complete(callOf(), NEVER)).toEqual(timeout);
  });
});

describe('a caller who leaves', () => {
  test('before the call: nothing is sent', async () => {
    const before = sandbox.served.length;
    const left = new Cancellation();
    left.request();
    const call = adapter(sandbox.url('openrouter')).complete(callOf(), left);
    await expect(call).rejects.toThrow(CancelledError);
    expect(sandbox.served).toHaveLength(before);
  });

  test('while all connections are in use: at once, and nothing is sent', async () => {
    const held: ServerResponse[] = [];
    const server = await startHttp((_request, response) => held.push(response));
    closeAfterTest.push(server.close);
    const provider = adapter(server.origin);
    const call = () => provider.complete(callOf(), new Cancellation());
    const calls = Array.from({ length: MAX_CONNECTIONS }, call);
    const left = new Cancellation();
    const waiting = provider.complete(callOf(), left);
    left.request();
    await expect(waiting).rejects.toThrow(CancelledError);
    await until(() => held.length === MAX_CONNECTIONS);
    for (const response of held) response.writeHead(500).end();
    await Promise.all(calls);
    const impatient = new Cancellation();
    const next = provider.complete(callOf(), impatient).catch(() => {});
    await until(() => held.length > MAX_CONNECTIONS);
    impatient.request();
    await next;
    expect(held).toHaveLength(MAX_CONNECTIONS + 1);
  });

  test.each(['delay-60000', 'drip-50'])('during %s: the upstream call is aborted', async fault => {
    const left = new Cancellation();
    const call = callOf({ upstreamId: `any/model#${fault}` });
    const result = adapter(sandbox.url('openrouter')).complete(call, left);
    const before = sandbox.served.length;
    await until(() => sandbox.served.length > before);
    left.request();
    await expect(result).rejects.toThrow(CancelledError);
    await until(() => sandbox.served.at(-1)?.ended === true);
    expect(sandbox.served.at(-1)?.clientAborted).toBe(true);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
}
