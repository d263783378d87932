// A stream from an upstream over a real socket: which side waits, and whether the connection is reused.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createGateway } from '../../src/providers/gateway.js';
import { openrouter } from '../../src/providers/openrouter/wire.js';
import type { ChatProvider } from '../../src/providers/port.js';
import { createUpstream } from '../../src/providers/upstream.js';
import { callOf, type Fake, NEVER, startHttp } from './fakeUpstream.js';

const HELLO = 'data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n';
const DONE = 'data: [DONE]\n\n';
const LONG = HELLO.repeat(2_000);

const opened: Array<{ close(): Promise<void> }> = [];
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each.close();
});

interface Upstream {
  provider: ChatProvider;
  sockets: Set<Socket>;
}

/** An upstream that writes its events by `write`. */
async function streaming(
  write: (response: ServerResponse) => void,
  timeoutMs = 10_000,
  type = 'text/event-stream',
  wire = openrouter,
): Promise<Upstream> {
  const sockets = new Set<Socket>();
  const server: Fake = await startHttp((request, response) => {
    sockets.add(request.socket);
    response.writeHead(200, { 'content-type': type });
    write(response);
  });
  const provider = createUpstream(wire, { apiKey: 'k', baseUrl: server.origin, timeoutMs });
  opened.push(server, provider);
  return { provider, sockets };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
}

test('a stream that begins with an error is given up, although the upstream keeps it open', async () => {
  const error = 'data: {"error":{"code":502,"message":"x"}}\n\n';
  const { provider, sockets } = await streaming(response => void response.write(error));
  const told = { alert: () => {}, failed: () => {}, timed: () => {} };
  const gateway = createGateway([provider], { timeoutMs: 10_000, ...told });
  const model = { id: 'a/b', upstreamId: 'a/b', reasoning: false } as never;
  const call = { holdId: 'h', licenseId: 'l', models: [model], messages: [], options: {} };
  expect(await gateway.stream(call, NEVER)).toMatchObject({ reason: 'status_502' });
  await until(() => sockets.size > 0 && [...sockets].every(socket => socket.destroyed));
});

test.each([
  [{ error: { code: 429, message: 'x' } }, 'upstream_unavailable', 'status_429'],
  [{ error: { code: 'context_length_exceeded', message: 'x' } }, 'invalid_request', 'status_400'],
  [{ error: { message: 'x' } }, 'upstream_failed', 'error_in_200'],
  [{ choices: [] }, 'upstream_failed', 'content_type'],
])(
  'JSON in the place of a stream, or of a file, means what it says: %j',
  async (body, code, reason) => {
    const write = (response: ServerResponse) => void response.end(JSON.stringify(body));
    const { provider } = await streaming(write, 10_000, 'application/json; charset=utf-8');
    const stream = provider.stream(callOf(), NEVER);
    expect(await stream.next()).toMatchObject({ kind: 'failure', code, reason });
    const native = { fileType: 'audio/mpeg', headers: {}, path: '/a', bodyOf: () => ({}) } as never;
    const file = await provider.complete({ ...callOf(), native }, NEVER);
    expect(file).toMatchObject({ kind: 'failure', code, reason });
  },
);

test('a stream that ended well leaves its connection for the next', async () => {
  const { provider, sockets } = await streaming(response => void response.end(HELLO + DONE));
  for (let turn = 0; turn < 3; turn++) {
    const stream = provider.stream(callOf(), NEVER);
    expect(await stream.next()).toMatchObject({ kind: 'piece', hasContent: true });
    expect(await stream.next()).toMatchObject({ kind: 'end' });
    stream.close();
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  expect(sockets.size).toBe(1);
});

test('a fault in the reading of events is the fault of that stream alone, which is given up', async () => {
  const fault = () => {
    throw new Error('a fault of ours');
  };
  const startReading = () => ({ read: fault });
  const faulty = { ...openrouter, chat: { ...openrouter.chat, startReading } };
  const write = (response: ServerResponse) => void response.write(HELLO);
  const { provider, sockets } = await streaming(write, 10_000, 'text/event-stream', faulty);
  const stream = provider.stream(callOf(), NEVER);
  await expect(stream.next()).rejects.toThrow('a fault of ours');
  await until(() => [...sockets].every(socket => socket.destroyed));
});

test('a reply that stays open after its last event is given up', async () => {
  const { provider, sockets } = await streaming(response => void response.write(HELLO + DONE));
  const stream = provider.stream(callOf(), NEVER);
  await stream.next();
  expect(await stream.next()).toMatchObject({ kind: 'end' });
  stream.close();
  await until(() => [...sockets].every(socket => socket.destroyed));
});

test('an event of a megabyte comes whole, however many reads it takes', async () => {
  const content = 'x'.repeat(1024 * 1024);
  const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  const { provider } = await streaming(response => {
    for (let at = 0; at < event.length; at += 30_000) response.write(event.slice(at, at + 30_000));
    response.end(DONE);
  });
  const stream = provider.stream(callOf(), NEVER);
  expect(await stream.next()).toMatchObject({ choices: [{ delta: { content } }] });
  expect(await stream.next()).toMatchObject({ kind: 'end' });
  stream.close();
});

test('while nobody asks, the upstream waits', async () => {
  let written = 0;
  const { provider } = await streaming(response => {
    const writer = setInterval(() => {
      if (response.destroyed) clearInterval(writer);
      else if (!response.writableNeedDrain) {
        response.write(LONG);
        written += 1;
      }
    }, 1);
  });
  const stream = provider.stream(callOf(), NEVER);
  await stream.next();
  let before = -1;
  while (before !== written) {
    before = written;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  while (written === before) expect((await stream.next()).kind).toBe('piece');
  stream.close();
});

test('if the time runs out while nobody asks, the reader was slow', async () => {
  const { provider } = await streaming(response => void response.write(HELLO), 200);
  const stream = provider.stream(callOf(), NEVER);
  await stream.next();
  await new Promise(resolve => setTimeout(resolve, 300));
  expect(await stream.next()).toMatchObject({ reason: 'slow_reader', code: 'upstream_timeout' });
});

test('if the time runs out while somebody asks, the upstream was slow', async () => {
  const { provider } = await streaming(response => void response.write(HELLO), 200);
  const stream = provider.stream(callOf(), NEVER);
  await stream.next();
  expect(await stream.next()).toMatchObject({ reason: 'timeout' });
});
