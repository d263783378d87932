// HTTP's details: a body that is refused early is still read to its end, keys are checked first, and rare forms of HTTP
// do no harm.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { strangersBodies } from '../../src/http/kernel/bodyBudget.js';
import { until } from '../harness/load.js';
import { type Service, startService } from '../harness/service.js';

const MIB = 1024 * 1024;
const MALFORMED_KEY = `sahm_live_${'0'.repeat(36)}`;

let service: Service;
let key: string;
let token: string;
let slow: Slow;

beforeAll(async () => {
  service = await startService();
  slow = beginSlowly();
  ({ key } = await service.issue('pro'));
  token = await service.signInAs('viewer');
});
afterAll(() => service.close());

interface Connection {
  socket: Socket;
  /** What has arrived so far. */
  text(): string;
  /** Resolves when this many answers have arrived. */
  answers(count: number): Promise<string>;
  closed: Promise<unknown>;
}

function open(): Connection {
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  socket.setMaxListeners(0).on('error', () => {});
  let text = '';
  socket.setEncoding('utf8').on('data', more => {
    text += more;
  });
  const countOf = () => text.match(/HTTP\/1\.1 [2-5]/g)?.length ?? 0;
  return {
    socket,
    text: () => text,
    async answers(count) {
      while (countOf() < count && !socket.destroyed) {
        await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      }
      return text;
    },
    closed: new Promise(resolve => socket.once('close', resolve)),
  };
}

function head(line: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: 'sahm.test', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Writes this many bytes without reading, as simple clients do, and waits until all are accepted. */
async function pour(socket: Socket, bytes: number): Promise<void> {
  const piece = Buffer.alloc(MIB, ' ');
  for (let left = bytes; left > 0 && !socket.destroyed; left -= MIB) {
    if (!socket.write(piece.subarray(0, Math.min(left, MIB)))) {
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
  }
}

const PING = head('GET /healthz');

interface Slow {
  headers: Connection[];
  bodies: Connection[];
  readers: Connection[];
}

/** Opened before all tests and asked for after them, so that no test waits as long as the server does. */
function beginSlowly(): Slow {
  const many = (start: string, each = (_: Connection) => {}) =>
    Array.from({ length: 100 }, () => {
      const connection = open();
      connection.socket.write(start);
      each(connection);
      return connection;
    });
  const drip = ({ socket, closed }: Connection, bytes = 'a') => {
    const timer = setInterval(() => socket.write(bytes), 250);
    closed.then(() => clearInterval(timer));
  };
  // They take nothing, and ask for more than the system keeps for them, or, the last one, for less: then the answer is
  // with the system, and nothing is under way.
  const readers = [10, 10, 10, 1].map(answers => {
    const connection = open();
    connection.socket.pause().write(head('GET /openapi.json').repeat(answers));
    drip(connection, '\r\n');
    return connection;
  });
  const begun = 'GET /healthz HTTP/1.1\r\nHost: sahm.test\r\nX-A: ';
  return {
    headers: [...many(''), ...many(begun), ...many(begun, drip)],
    bodies: many(`${head('POST /api/license/status', { ...AS_JSON, 'Content-Length': 90 })}{`),
    readers,
  };
}

const AS_JSON = { 'Content-Type': 'application/json' };

describe('a body that is refused early is read to its end, and the connection stays usable', () => {
  const authorized = () => ({ Authorization: `Bearer ${key}` });
  const admin = () => ({ Authorization: `Bearer ${token}` });

  test.each([
    ['413, a chat of 21 MiB', 'POST /v1/chat/completions', 21 * MIB, 413, authorized],
    ['413, the same in the MyAIHub dialect', 'POST /api/chat_v3', 21 * MIB, 413, () => ({})],
    ['413, 5 MiB to a webhook', 'POST /webhooks/purchases', 5 * MIB, 503, () => ({})],
    ['413, 5 MiB to the sign-in', 'POST /admin/api/session', 5 * MIB, 413, () => ({})],
    ['413, 5 MiB to the state of a license', 'POST /api/license/status', 5 * MIB, 413, () => ({})],
    ['413, 5 MiB to the mailed sign-in', 'POST /api/sign-in', 5 * MIB, 413, () => ({})],
    ['401, a chat without a key', 'POST /v1/chat/completions', 19 * MIB, 401, () => ({})],
    [
      '401, a malformed key',
      'POST /v1/chat/completions',
      19 * MIB,
      401,
      () => ({ 'X-API-Key': MALFORMED_KEY }),
    ],
    ['401, a holder without a key', 'POST /api/license/rotate', 5 * MIB, 401, () => ({})],
    ['401, nobody in the administration', 'POST /admin/api/licenses', 5 * MIB, 401, () => ({})],
    ['403, a viewer who would change something', 'POST /admin/api/licenses', 5 * MIB, 403, admin],
    ['404', 'POST /nowhere', 5 * MIB, 404, () => ({})],
    ['404 in the OpenAI dialect', 'POST /v1/nowhere', 5 * MIB, 404, () => ({})],
    ['405', 'PUT /v1/chat/completions', 5 * MIB, 405, () => ({})],
    [
      '415',
      'POST /v1/chat/completions',
      5 * MIB,
      415,
      () => ({ ...authorized(), 'Content-Type': 'text/plain' }),
    ],
    ['200, where no body belongs', 'GET /healthz', 5 * MIB, 200, () => ({})],
  ] as const)('%s', async (_name, line, bytes, status, headers) => {
    const { socket, answers, text } = open();
    socket.write(head(line, { 'Content-Length': bytes, ...headers() }));
    await pour(socket, bytes);
    socket.write(PING);
    await answers(2);
    expect(text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text()).toMatch(/\r\n\r\n\{.*\}HTTP\/1\.1 200 OK/s);
    socket.destroy();
  });

  test('413, a body without a stated length', async () => {
    const { socket, answers, text } = open();
    const headers = { 'Transfer-Encoding': 'chunked', ...authorized() };
    socket.write(head('POST /v1/chat/completions', headers));
    for (let count = 0; count < 25; count++) {
      socket.write(`${MIB.toString(16)}\r\n`);
      // The bytes are inside a JSON text: outside of texts this would be too much white space.
      await pourText(socket, count === 0);
      socket.write('\r\n');
    }
    socket.write(`0\r\n\r\n${PING}`);
    await answers(2);
    expect(text()).toMatch(/^HTTP\/1.1 413 .*HTTP\/1.1 200 OK/s);
    socket.destroy();
  });

  test('a client that wants the connection closed gets its answer before that', async () => {
    const { socket, closed, text } = open();
    const headers = { 'Content-Length': 21 * MIB, Connection: 'close', ...authorized() };
    socket.write(head('POST /v1/chat/completions', headers));
    await pour(socket, 21 * MIB);
    await closed;
    expect(text()).toMatch(/^HTTP\/1.1 413 .*"request_too_large"/s);
  });
});

async function pourText(socket: Socket, isFirst: boolean): Promise<void> {
  const piece = Buffer.alloc(MIB, 'x');
  if (isFirst) piece[0] = 0x22;
  if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
}

test('the answer does not wait for the rest of the body', async () => {
  const { socket, answers } = open();
  socket.write(head('POST /v1/chat/completions', { 'Content-Length': 20 * MIB }));
  expect(await answers(1)).toMatch(/^HTTP\/1.1 401 .*"invalid_license_key"/s);
  socket.destroy();
});

describe('a client with Expect: 100-continue', () => {
  const expecting = { Expect: '100-continue', 'Content-Type': 'application/json' };

  test('is told to go on if the body is wanted', async () => {
    const { socket, answers, text } = open();
    const body = JSON.stringify({ api_key: key });
    const headers = { ...expecting, 'Content-Length': Buffer.byteLength(body) };
    socket.write(head('POST /api/license/status', headers));
    await once(socket, 'data');
    expect(text()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(body);
    expect(await answers(1)).toContain('HTTP/1.1 200 OK');
    socket.destroy();
  });

  test.each([
    ['too much', 413, 21 * MIB, () => ({ Authorization: `Bearer ${key}` })],
    ['without a key', 401, 1_000, () => ({})],
  ] as const)('is refused without it, for %s', async (_name, status, bytes, headers) => {
    const { socket, closed, text } = open();
    socket.write(
      head('POST /v1/chat/completions', { ...expecting, ...headers(), 'Content-Length': bytes }),
    );
    await closed;
    expect(text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text()).not.toContain('100 Continue');
  });
});

describe('while strangers have used up their budget of bodies', () => {
  const chat = { model: 'qwen/qwen-2.5-7b-instruct', prompt: 'x' };
  const large = { ...chat, prompt: 'long '.repeat(100_000) };
  const taken = 63.9 * MIB;

  beforeAll(() => {
    expect(strangersBodies.take(taken)).toBe(true);
  });
  afterAll(() => strangersBodies.giveBack(taken));

  test('a large body without a key in the headers is refused with a time to retry', async () => {
    const answer = await service.post('/api/chat_v3', { ...large, api_key: key });
    expect([answer.status, answer.body.code]).toEqual([503, 'service_unavailable']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('a small one is answered', async () => {
    expect((await service.post('/api/chat_v3', { ...chat, api_key: key })).status).toBe(200);
  });

  test('one with a key in the headers is answered', async () => {
    const headers = { Authorization: `Bearer ${key}` };
    expect((await service.post('/api/chat_v3', large, headers)).status).toBe(200);
  });
});

test('when everything is answered, the budget is free again', async () => {
  const body = {
    model: 'qwen/qwen-2.5-7b-instruct',
    prompt: 'long '.repeat(100_000),
    api_key: key,
  };
  await service.post('/api/chat_v3', body);
  await service.post('/api/chat_v3', `[${'{},'.repeat(MIB)}`);
  const { socket, closed } = open();
  socket.write(head('POST /api/chat_v3', { 'Content-Length': 10 * MIB }));
  await pour(socket, MIB);
  socket.destroy();
  await closed;
  await until(async () => strangersBodies.take(64 * MIB));
  strangersBodies.giveBack(64 * MIB);
});

describe('a body that no real request has', () => {
  test.each([
    ['nested without end', `{"a":${'['.repeat(1_000_000)}`],
    ['a million objects', `[${'{},'.repeat(1_000_000)}{}]`],
    ['a million names', `{${'"a":1,'.repeat(1_000_000)}"a":1}`],
    ['a million texts', `[${'"",'.repeat(1_000_000)}""]`],
  ])('%s: 400', async (_name, body) => {
    const { status, body: answer } = await service.post('/api/chat_v3', body);
    expect([status, answer.code]).toEqual([400, 'invalid_request']);
  });

  test('a conversation of 1,000 turns with 128 large tools, and 300,000 numbers, are real', async () => {
    const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{"a":"b"}' } };
    const turn = [
      { role: 'assistant', content: null, tool_calls: [call, call, call] },
      { role: 'tool', tool_call_id: 'c', content: 'found '.repeat(300) },
    ];
    const property = { type: 'string', description: 'what it is for', enum: ['a', 'b'] };
    const properties = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`p${at}`, property]),
    );
    const tool = { name: 'f', parameters: { type: 'object', properties } };
    const body = {
      model: 'qwen/qwen-2.5-7b-instruct',
      messages: Array(500).fill(turn).flat(),
      tools: Array(128).fill({ type: 'function', function: tool }),
    };
    const headers = { Authorization: `Bearer ${key}` };
    expect((await service.post('/v1/chat/completions', body, headers)).status).toBe(200);
    const numbers = {
      ...tool,
      parameters: { enum: Array.from({ length: 300_000 }, (_, at) => at) },
    };
    const tokens = { ...body, tools: [{ type: 'function', function: numbers }] };
    const answer = await service.post('/v1/chat/completions', tokens, headers);
    expect(answer.status).toBe(200);
  });
});

describe('a request whose end is ambiguous is refused, and nothing after it is read as a request', () => {
  const chunked = 'Transfer-Encoding: chunked';
  const none = '0\r\n\r\n';
  test.each([
    ['a length beside chunks', `Content-Length: 5\r\n${chunked}`, none],
    ['chunks beside a length', `${chunked}\r\nContent-Length: 5`, none],
    ['chunks and something else', `${chunked}, identity`, none],
    ['chunks, and then something else', `${chunked}\r\nTransfer-Encoding: identity`, none],
    ['something like chunks', 'Transfer-Encoding: xchunked', none],
    ['chunks after a space', 'Transfer-Encoding : chunked', none],
    ['chunks in the next line', 'Transfer-Encoding:\r\n chunked', none],
    ['chunks behind a control character', 'Transfer-Encoding: \x0bchunked', none],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', '12345'],
    ['a length twice', 'Content-Length: 5\r\nContent-Length: 5', '12345'],
    ['a list of lengths', 'Content-Length: 5, 5', '12345'],
    ['a length with a sign', 'Content-Length: +5', '12345'],
    ['a length below nothing', 'Content-Length: -1', ''],
    ['a length in another base', 'Content-Length: 0x5', '12345'],
    ['a length beyond all numbers', 'Content-Length: 99999999999999999999999', '12345'],
    ['a chunk without a size', chunked, `zz\r\n${none}`],
    ['a chunk whose size has a prefix', chunked, `0x5\r\n12345\r\n${none}`],
    ['a chunk whose size has a sign', chunked, `-1\r\n12345\r\n${none}`],
    ['a chunk whose size is beyond all numbers', chunked, `fffffffffffffffff\r\n12345\r\n${none}`],
    ['a chunk that is longer than it says', chunked, `3\r\n12345\r\n${none}`],
    ['chunks with half of a line’s end', chunked, '5\n12345\n0\n\n'],
    ['a chunk with a long extension', chunked, `5;${'a'.repeat(20_000)}\r\n12345\r\n${none}`],
    ['a length after the chunks', chunked, '0\r\nContent-Length: 50\r\n\r\n'],
    ['a header without a name', 'a b: c', ''],
    ['half of a line’s end', 'X-A: a\rb', ''],
    ['a NUL', 'X-A: a\0b', ''],
  ])('%s', async (_name, headers, body) => {
    const { socket, closed, text } = open();
    const start = 'POST /api/license/status HTTP/1.1\r\nHost: sahm.test\r\n';
    socket.write(`${start}Content-Type: application/json\r\n${headers}\r\n\r\n${body}${PING}`);
    await closed;
    expect(text().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(text()).toContain('"invalid_request"');
  });

  test.each([
    ['HTTP/1.2', 'GET /healthz HTTP/1.2\r\nHost: sahm.test\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/1.1 without a host', 'GET /healthz HTTP/1.1\r\n\r\n'],
    ['HTTP/1.0 in chunks', `POST /api/license/status HTTP/1.0\r\n${chunked}\r\n\r\n${none}`],
    ['lines that end with half of their end', 'GET /healthz HTTP/1.1\nHost: sahm.test\n\n'],
  ])('%s', async (_name, request) => {
    const { socket, closed, text } = open();
    socket.write(request + PING);
    await closed;
    expect(text().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
  });
});

test.each([
  ['POST /api/chat_v3', 408],
  ['POST /nowhere', 404],
])(
  '%s: a body in pieces of one byte is given up, and its rest is not read',
  async (line, status) => {
    const { socket, closed, text } = open();
    socket.write(head(line, { ...AS_JSON, 'Transfer-Encoding': 'chunked' }));
    socket.write(`1\r\n"\r\n${'1\r\na\r\n'.repeat(50_000)}`);
    await closed;
    expect(text()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  },
);

test('who asks for far more than it waits for is cut off, before all of it is begun', async () => {
  const { socket, closed, text } = open();
  socket.write(PING.repeat(500));
  await closed;
  expect(text().match(/HTTP\/1\.1 200/g)?.length ?? 0).toBeLessThan(30);
});

describe('rare but valid HTTP is answered', () => {
  const status = () => JSON.stringify({ api_key: key });

  test('many large answers to pipelined requests, for a client that takes them', async () => {
    const { socket, answers } = open();
    socket.write(head('GET /openapi.json').repeat(8));
    expect((await answers(8)).match(/HTTP\/1\.1 200/g)).toHaveLength(8);
    socket.destroy();
  });

  test('pipelined requests, each with its own answer, in order', async () => {
    const { socket, answers } = open();
    const length = Buffer.byteLength(status());
    const posted = head('POST /api/license/status', { ...AS_JSON, 'Content-Length': length });
    const chunks = head('POST /api/license/status', { ...AS_JSON, 'Transfer-Encoding': 'chunked' });
    socket.write(PING + posted + status() + head('GET /nowhere'));
    socket.write(`${chunks}${length.toString(16)};a=b\r\n${status()}\r\n0\r\n\r\n${PING}`);
    const text = await answers(5);
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code)).toEqual([
      '200',
      '200',
      '404',
      '200',
      '200',
    ]);
    socket.destroy();
  });

  test('HTTP/1.0, whose connection ends with the answer', async () => {
    const { socket, closed, text } = open();
    socket.write('GET /healthz HTTP/1.0\r\n\r\n');
    await closed;
    expect(text()).toMatch(/^HTTP\/1.1 200 OK/);
  });

  test('a client that offers another protocol', async () => {
    const { socket, answers } = open();
    socket.write(head('GET /healthz', { Connection: 'Upgrade', Upgrade: 'h2c' }));
    expect(await answers(1)).toMatch(/^HTTP\/1.1 200 OK/);
    socket.destroy();
  });

  test('a header after many others', async () => {
    const { socket, answers } = open();
    const before = 'a:\r\n'.repeat(3_000);
    const authorization = `Authorization: Bearer ${key}\r\n`;
    socket.write(`GET /api/license HTTP/1.1\r\nHost: a\r\n${before}${authorization}\r\n`);
    expect(await answers(1)).toMatch(/^HTTP\/1.1 200 OK/);
    socket.destroy();
  });

  test('the last of two fields with the same name in a body', async () => {
    const twice = `{"api_key":"nothing","api_key":${JSON.stringify(key)}}`;
    expect((await service.post('/api/license/status', twice)).status).toBe(200);
  });
});

describe('the minor rules of HTTP', () => {
  test.each([
    ['two Host headers', 'Host: a.test\r\nhost: b.test\r\n', 400],
    ['no Host header', '', 400],
    ['an expectation that nobody knows', 'Host: a.test\r\nExpect: nothing\r\n', 417],
  ])('a request with %s is refused, and told why', async (_, headers, status) => {
    const { socket, closed, text } = open();
    socket.write(`GET /healthz HTTP/1.1\r\n${headers}\r\n`);
    await closed;
    expect(text()).toMatch(new RegExp(`^HTTP/1.1 ${status} .*nosniff.*"invalid_request"`, 's'));
  });

  test.each([
    '/METRICS',
    '/Metrics',
    '/metrics/',
    '/HEALTHZ',
    '/V1/models',
    '/ADMIN/API/licenses',
    '/API/license',
    '/OpenAPI.json',
  ])('%s is no path of ours', async path => {
    expect((await service.call('GET', path, { token })).status).toBe(404);
  });

  test.each(['/healthz', '/v1/models', '/nowhere', '/api/license', '/openapi.json'])(
    'browsers do not take the JSON of %s for another type',
    async path => {
      const { headers } = await fetch(service.url + path);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  test('nor that of a chat', async () => {
    const chat = { api_key: key, model: 'qwen/qwen-2.5-7b-instruct', prompt: 'x' };
    const { headers } = await service.post('/api/chat_v3', chat);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each(['claim', 'sign-in'])('no other page can frame the button of /%s', async path => {
    const { headers } = await fetch(`${service.url}/${path}/${'a'.repeat(43)}`);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

test('a client with slow headers or a slow body is told so and closed, and all others are answered meanwhile', async () => {
  await Promise.all(slow.headers.map(({ closed }) => closed));
  await Promise.all(slow.bodies.map(({ closed }) => closed));
  for (const { text } of [...slow.headers.slice(100), ...slow.bodies]) {
    expect(text()).toMatch(/^HTTP\/1.1 408 .*"request_timeout"/s);
  }
});

test('who takes nothing of an answer is closed, although it goes on sending, or the answer is with the system already', async () => {
  await Promise.all(slow.readers.map(({ closed }) => closed));
});
