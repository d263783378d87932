// What only the client in JavaScript does, and the rules of both about asking again.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import OpenAI from 'openai';
import { errorOf } from '../../sdk/js/src/errors.js';
import {
  AuthenticationError,
  type ChatChunk,
  ConnectionError,
  InvalidRequestError,
  Sahm,
  SahmAdministration,
  SahmError,
} from '../../sdk/js/src/index.js';
import { pauseMs } from '../../sdk/js/src/retry.js';
import { dataIn } from '../../sdk/js/src/stream.js';
import { type ScriptedServer, startScriptedServer } from '../fakes/scriptedServer.js';
import { findProgram } from '../harness/program.js';
import { testWhere } from '../harness/testWhere.js';

let server: ScriptedServer;
let client: Sahm;
beforeAll(async () => {
  server = await startScriptedServer();
  client = new Sahm({ baseUrl: `${server.url}/`, apiKey: 'sahm_live_test' });
});
beforeEach(() => server.answer());
afterAll(() => server.close());

const request = { model: 'some/model', messages: [{ role: 'user' as const, content: 'Hello' }] };
const piece = { choices: [{ delta: { content: 'a' } }] };

describe('giving up', () => {
  const goesOn = { events: [piece], ends: 'hang' } as const;

  test('a signal ends a call, its pauses and a stream with its own reason', async () => {
    for (const script of [
      { ends: 'hang' } as const,
      { status: 503, headers: { 'Retry-After': '60' }, body: {} },
    ]) {
      server.answer(script);
      const controller = new AbortController();
      const asked = client.chat.completions.create(request, { signal: controller.signal });
      while (server.asked.length === 0) await new Promise(setImmediate);
      controller.abort(new Error('enough'));
      await expect(asked).rejects.toThrow('enough');
      expect(server.asked).toHaveLength(1);
    }
    server.answer(goesOn);
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await client.chat.completions.create({ ...request, stream: true }, { signal });
    const read = async () => {
      for await (const _ of stream) controller.abort(new Error('enough'));
    };
    await expect(read()).rejects.toThrow('enough');
  });

  test('a signal that was aborted before sends nothing', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    await expect(client.license.get({ signal })).rejects.toThrow('before');
    expect(server.asked).toHaveLength(0);
  });

  test('abort() ends a loop over a stream without an error', async () => {
    server.answer(goesOn);
    const stream = await client.chat.completions.create({ ...request, stream: true });
    const seen: ChatChunk[] = [];
    for await (const chunk of stream) {
      seen.push(chunk);
      stream.abort();
    }
    expect(seen).toEqual([piece]);
  });

  test('what a caller does between two events is no silence of the service', async () => {
    jest.useFakeTimers();
    try {
      let signal: AbortSignal | null | undefined;
      const events = [1, 2].map(() => `data: ${JSON.stringify(piece)}\n\n`);
      const answered: typeof fetch = async (_url, init) => {
        signal = init?.signal;
        const chunks = [...events, 'data: [DONE]\n\n'].map(text => new TextEncoder().encode(text));
        return new Response(ReadableStream.from(chunks));
      };
      const patient = new Sahm({ baseUrl: server.url, apiKey: 'key', fetch: answered });
      const stream = await patient.chat.completions.create({ ...request, stream: true });
      for await (const _ of stream) {
        jest.advanceTimersByTime(1_000_000);
        expect(signal?.aborted).toBe(false);
      }
      expect.assertions(2);
    } finally {
      jest.useRealTimers();
    }
  });

  test('leaving the loop closes the connection; a stream is read only once', async () => {
    server.answer(goesOn);
    const stream = await client.chat.completions.create({ ...request, stream: true });
    for await (const _ of stream) break;
    await server.idle();
    const again = async () => {
      for await (const _ of stream);
    };
    await expect(again()).rejects.toThrow('only once');
  });
});

describe('the options', () => {
  test('a client says what is missing', () => {
    expect(() => new Sahm({ apiKey: 'key' })).toThrow('SAHM_URL');
    expect(() => new Sahm({ baseUrl: server.url })).toThrow('SAHM_KEY');
    expect(() => new SahmAdministration({ baseUrl: server.url })).toThrow('SAHM_TOKEN');
    expect(() => new Sahm()).toThrow(SahmError);
  });

  test('another fetch may be given', async () => {
    server.answer({ body: { plan: 'pro' } });
    const urls: string[] = [];
    const watched = new Sahm({
      baseUrl: server.url,
      apiKey: 'key',
      fetch: (url, init) => {
        urls.push(String(url));
        return fetch(url, init);
      },
    });
    await watched.license.get();
    expect(urls).toEqual([`${server.url}/api/license`]);
  });
});

describe('administration', () => {
  test('asks each route by its method and path, with a token', async () => {
    const admin = new SahmAdministration({ baseUrl: server.url, token: 'sahm_admin_test' });
    server.answer({ status: 201, body: { key: 'k' } }, { body: {} }, { body: {} }, { body: {} });
    const body = { plan: 'pro', email: 'bot@example.com' };
    expect((await admin.post('/admin/api/licenses', { body })).data.key).toBe('k');
    await admin.patch('/admin/api/licenses/{id}', { path: { id: 'a b' }, body: { plan: 'vip' } });
    await admin.get('/admin/api/licenses', { query: { status: 'active', limit: 2 } });
    await admin.delete('/admin/api/licenses/{id}/grants/{grant}', {
      path: { id: 'l', grant: 'g' },
    });
    expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /admin/api/licenses',
      'PATCH /admin/api/licenses/a%20b',
      'GET /admin/api/licenses?status=active&limit=2',
      'DELETE /admin/api/licenses/l/grants/g',
    ]);
    expect(server.asked[0]).toMatchObject({
      body,
      headers: { authorization: 'Bearer sahm_admin_test' },
    });
  });

  test('issues no license twice, and repeats a rotation that has a name', async () => {
    const admin = new SahmAdministration({ baseUrl: server.url, token: 't' });
    const away = { status: 503, headers: { 'Retry-After': '0' }, body: {} };
    server.answer(away, { body: {} });
    const body = { plan: 'pro', email: 'bot@example.com' };
    await expect(admin.post('/admin/api/licenses', { body })).rejects.toThrow(SahmError);
    expect(server.asked).toHaveLength(1);
    server.answer(away, { body: { key: 'k' } });
    const path = { id: 'l' };
    const rotation = { path, body: {}, idempotencyKey: 'rotation-1' };
    await admin.post('/admin/api/licenses/{id}/rotate', rotation);
    const keys = server.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual(['rotation-1', 'rotation-1']);
  });

  test('an export is text, and a sign-in gives a client', async () => {
    server.answer({ body: { token: 'of a session' } });
    const credentials = { email: 'admin@localhost', password: 'secret' };
    const admin = await SahmAdministration.signIn(credentials, { baseUrl: server.url });
    server.answer({ headers: { 'Content-Type': 'text/csv' }, body: 'id,plan\n' });
    const file = { path: { file: 'licenses.csv' } } as const;
    expect((await admin.get('/admin/api/exports/{file}', file)).data).toBe('id,plan\n');
    expect(server.asked[0]?.headers.authorization).toBe('Bearer of a session');
  });
});

describe('when a call is made again', () => {
  const failure = (status: number, headers: Record<string, string> = {}, code = 'a_code') =>
    errorOf(status, new Headers(headers), { error: { message: 'no', code } });
  const CASES: [
    string,
    Parameters<typeof failure> | null,
    number,
    boolean,
    number,
    number | null,
  ][] = [
    ['a first pause', [503], 1, true, 0, 500],
    ['the pauses grow', [503], 3, true, 0, 2000],
    ['to a limit', [503], 9, true, 0, 8000],
    ['no two clients at once', [503], 1, true, 1, 625],
    ['the service says when', [429, { 'Retry-After': '7' }], 1, true, 0, 7000],
    ['never sooner', [429, { 'Retry-After': '8' }], 1, true, 1, 10_000],
    ['a minute at most', [503, { 'Retry-After': '61' }], 1, true, 0, null],
    ['a quota that is used up', [429, { 'Retry-After': '1' }, 'quota_exhausted'], 1, true, 0, null],
    ['what cannot heal', [400], 1, true, 0, null],
    ['a connection that broke', null, 2, true, 0, 1000],
    ['a connection that broke, of what counts twice', null, 1, false, 0, null],
    ['trouble of the service, of what counts twice', [503], 1, false, 0, null],
    ['a limit, of what counts twice', [429, { 'Retry-After': '1' }], 1, false, 0, 1000],
  ];

  test.each(CASES)('%s', (_, refused, attempt, isRepeatable, random, pause) => {
    const failed = refused ? failure(...refused) : new ConnectionError('broke off');
    expect(pauseMs(failed, attempt, isRepeatable, random)).toBe(pause);
  });

  const testPython = testWhere(findProgram('python3') !== undefined, 'python3');
  testPython('is the same in Python', async () => {
    const cases = CASES.map(([, refused, ...others]) => [refused ?? null, ...others.slice(0, -1)]);
    const program = `
import json, sys
sys.path.insert(0, "sdk/python"); sys.dont_write_bytecode = True
from sahm.errors import ConnectionError, error_of
from sahm.retry import pause_seconds
def failure(status, headers={}, code="a_code"):
    headers = {name.lower(): value for name, value in headers.items()}
    return error_of(status, headers, {"error": {"message": "no", "code": code}})
pauses = [pause_seconds(failure(*refused) if refused else ConnectionError("broke off"), *others)
          for refused, *others in json.loads(sys.argv[1])]
print(json.dumps([None if pause is None else pause * 1000 for pause in pauses]))`;
    const args = ['-c', program, JSON.stringify(cases)];
    const { stdout } = await promisify(execFile)('python3', args);
    expect(JSON.parse(stdout)).toEqual(CASES.map(each => each.at(-1)));
  });
});

test('events are found wherever the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(
    'data: {"a":"سلام"}\r\n\r\n: silence\n\ndata: 你好\n\ndata:x\n\n',
  );
  for (const size of [1, 2, 3, 7, bytes.length]) {
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
    }
    const found: string[] = [];
    for await (const data of dataIn(chunks())) found.push(data);
    expect(found).toEqual(['{"a":"سلام"}', '你好', 'x']);
  }
});

test('classes of errors are told apart, and are errors', () => {
  const error = errorOf(401, new Headers(), {});
  expect(error).toBeInstanceOf(AuthenticationError);
  expect(error).not.toBeInstanceOf(InvalidRequestError);
  expect(error).toBeInstanceOf(Error);
});

test('the official packages have no key of their own, and keep one that they are given over their attempts', async () => {
  const openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'key' });
  const anthropic = new Anthropic({ baseURL: server.url, apiKey: 'key' });
  const away = { status: 503, headers: { 'Retry-After': '0' }, body: {} };
  const chat = { model: 'some/model', messages: [{ role: 'user' as const, content: 'Hello' }] };
  for (const create of [
    (options: object) => openai.chat.completions.create(chat, options),
    (options: object) => anthropic.messages.create({ ...chat, max_tokens: 9 }, options),
  ]) {
    server.answer(away, { body: {} }, away, { body: {} });
    await create({});
    await create({ headers: { 'Idempotency-Key': 'mine' } });
    const keys = server.asked.map(each => each.headers['idempotency-key']);
    expect(keys).toEqual([undefined, undefined, 'mine', 'mine']);
  }
});

test('the types are those of the service’s description: else run `node sdk/js/writeTypes.mjs`', async () => {
  const args = ['sdk/js/writeTypes.mjs', '--print'];
  const { NODE_OPTIONS: _, ...env } = process.env;
  const options = { env, maxBuffer: 10 ** 7 };
  const { stdout } = await promisify(execFile)(process.execPath, args, options);
  expect(stdout.length).toBeGreaterThan(10_000);
  expect(stdout === readFileSync('sdk/js/src/generated/schema.ts', 'utf8')).toBe(true);
});
