// Requests with a wrong address or form, and their answers.

import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';

const MODEL = 'qwen/qwen-2.5-7b-instruct';

let service: Service;
let key: string;
beforeAll(async () => {
  service = await startService({
    env: { CORS_ORIGINS: 'https://app.shop.example,http://localhost:5173' },
  });
  key = (await service.issue('pro')).key;
});
afterAll(() => service.close());

interface Raw {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
}

/** As it is: `fetch` would tidy up the path and declare a type. */
function send(
  method: string,
  path: string,
  body: string | Buffer = '',
  headers: Record<string, string> = {},
): Promise<Raw> {
  const { hostname, port } = new URL(service.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ method, hostname, port, path, headers }, response => {
      const chunks: Buffer[] = [];
      response
        .on('data', chunk => chunks.push(chunk))
        .on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status = 0, headers: answered } = response;
          resolve({
            status,
            headers: answered,
            body: text.startsWith('{') ? JSON.parse(text) : {},
          });
        });
    });
    sent.on('error', reject).end(body);
  });
}

const completion = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'x' }] });
const ofHolder = () => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' });
const chat = () => JSON.stringify({ api_key: key, model: MODEL, prompt: 'x' });

describe('double slashes of a client count as one', () => {
  test.each([
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/v1/chat//completions?a=//b',
    '//envelope//v1/chat/completions',
  ])('POST %s', async path => {
    expect((await send('POST', path, completion, ofHolder())).status).toBe(200);
  });
  test.each(['//api/chat_v3', '/api//chat_v3.php'])('POST %s', async path => {
    const typed = { 'content-type': 'application/json' };
    expect((await send('POST', path, chat(), typed)).status).toBe(200);
  });
  test('GET //v1//models', async () => {
    expect((await send('GET', '//v1//models')).status).toBe(200);
  });
  test.each(['//metrics', '//admin/api/licenses', '/admin//api/licenses', '//readyz'])(
    'but not at %s, which a proxy may guard by its path',
    async path => {
      expect((await send('GET', path)).status).toBe(404);
    },
  );
});

describe('an unknown address gets the one that was probably meant', () => {
  test.each([
    ['POST', '/v1/v1/chat/completions', '/v1/chat/completions'],
    ['POST', '/chat/completions', '/v1/chat/completions'],
    ['POST', '/api/v1/chat/completion', '/v1/chat/completions'],
    ['POST', '/v1/engines/gpt/completions', '/v1/chat/completions'],
    ['POST', '/v1/images/generate', '/v1/images/generations'],
    ['GET', '/models', '/v1/models'],
  ])("%s %s in OpenAI's form", async (method, path, meant) => {
    const { status, headers, body } = await send(method, path, '', ofHolder());
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', code: 'not_found' } });
    expect((body.error as { message: string }).message).toContain(meant);
    expect(headers['x-should-retry']).toBe('false');
    expect(headers['x-request-id']).toEqual(expect.any(String));
  });

  test.each([
    ['POST', '/v1/responses/compact', 'previous_response_id'],
    ['POST', '/api/v1/responses/resp_1/cancel', 'close the connection'],
    ['POST', '/v1/files', 'the file itself'],
    ['GET', '/v1/files/file-1/content', 'the file itself'],
    ['POST', '/v1/batches', 'by itself'],
    ['POST', '/v1/conversations', '/v1/responses'],
  ])('or what to do instead: %s %s', async (method, path, instead) => {
    const { status, headers, body } = await send(method, path, '', ofHolder());
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: { type: 'invalid_request_error', code: 'not_found' } });
    expect((body.error as { message: string }).message).toContain(instead);
    expect(headers['x-should-retry']).toBe('false');
  });

  test('the same in the form of Messages', async () => {
    const { status, body } = await send('POST', '/v1/messages/batches', '{}', ofHolder());
    expect(status).toBe(404);
    expect(body).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    expect((body.error as { message: string }).message).toContain('by itself');
    const unlike = await send('POST', '/v1/messages/no/such/thing', '{}', ofHolder());
    expect((unlike.body.error as { message: string }).message).toContain('/v1/messages,');
  });

  test.each([
    ['/envelope/chat/completions', '/envelope/v1/chat/completions'],
    ['/envelope/v1/v1/images/generations', '/envelope/v1/images/generations'],
    ['/envelope/v1/models', '/envelope/v1/chat/completions'],
  ])('POST %s in the form of the envelope', async (path, meant) => {
    const { status, body } = await send('POST', path, '{}', ofHolder());
    expect(status).toBe(404);
    expect(body).toMatchObject({ success: false, error: { code: 'not_found' } });
    expect((body.error as { message: string }).message).toContain(meant);
  });

  test.each(['/chat_v3', '/chat_v3.php'])('POST %s in the form of MyAIHub', async path => {
    const { status, body } = await send('POST', path, chat());
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: true, code: 'not_found' });
    expect(body.message).toMatch(/[؀-ۿ].*\/api\/chat_v3/);
  });

  test('GET /api/licence in the form of all others', async () => {
    const { status, body } = await send('GET', '/api/licence');
    expect(status).toBe(404);
    expect((body.error as { message: string }).message).toContain('/api/license');
  });

  test('a path that is like none of ours gets no suggestion', async () => {
    const { body } = await send('GET', '/wp-login.php');
    expect((body.error as { message: string }).message).not.toContain('?');
  });
});

describe('the key', () => {
  test.each([null, ''])('in the header, with api_key %j in the body', async api_key => {
    const body = JSON.stringify({ api_key, model: MODEL, prompt: 'x' });
    expect((await send('POST', '/api/chat_v3', body, ofHolder())).status).toBe(200);
  });

  test.each(['\u0000', `${'x'.repeat(100)}\u0000`, '\ud800'])(
    'any wrong value is 401: %j',
    async api_key => {
      const body = JSON.stringify({ api_key, model: MODEL, prompt: 'x' });
      const wrong = JSON.stringify({ api_key: 'x', model: MODEL, prompt: 'x' });
      const { status, body: said } = await send('POST', '/api/chat_v3', body);
      expect(status).toBe(401);
      expect(said).toEqual((await send('POST', '/api/chat_v3', wrong)).body);
    },
  );
});

describe('the content type', () => {
  test.each([
    'application/x-www-form-urlencoded',
    'text/plain;charset=UTF-8',
    'application/octet-stream',
    'application/json; charset="UTF-8"',
  ])('chat_v3 takes JSON that is declared as %s', async type => {
    const answer = await send('POST', '/api/chat_v3', chat(), { 'content-type': type });
    expect(answer.status).toBe(200);
  });
  test('chat_v3 takes JSON that is declared as nothing', async () => {
    expect((await send('POST', '/api/chat_v3', chat())).status).toBe(200);
  });

  test.each([
    ['application/x-www-form-urlencoded', 'api_key=x&model=y&prompt=z'],
    ['multipart/form-data; boundary=x', '--x\r\n\r\n--x--'],
  ])('chat_v3 refuses a form and shows the JSON: %s', async (type, body) => {
    const answer = await send('POST', '/api/chat_v3', body, { 'content-type': type });
    expect(answer.status).toBe(415);
    expect(answer.body).toMatchObject({ error: true, code: 'unsupported_media_type' });
    expect(answer.body.message).toContain('{"api_key"');
  });

  test.each(['/api/chat_v3', '/v1/chat/completions'])(
    'a compressed body is called that, at %s',
    async path => {
      const body = gzipSync(path === '/api/chat_v3' ? chat() : completion);
      const headers = { ...ofHolder(), 'content-encoding': 'gzip' };
      const answer = await send('POST', path, body, headers);
      expect(answer.status).toBe(415);
      expect(answer.headers['accept-encoding']).toBe('identity');
      expect(JSON.stringify(answer.body)).toContain('Content-Encoding');
    },
  );

  test.each(['/api/chat_v3', '/v1/chat/completions'])(
    'another charset is called that, at %s',
    async path => {
      const headers = { ...ofHolder(), 'content-type': 'application/json; charset=latin1' };
      const answer = await send(
        'POST',
        path,
        path === '/api/chat_v3' ? chat() : completion,
        headers,
      );
      expect(answer.status).toBe(415);
      expect(JSON.stringify(answer.body)).toContain('UTF-8');
    },
  );

  test('/v1 wants JSON to be declared, and says so', async () => {
    const headers = { ...ofHolder(), 'content-type': 'text/plain' };
    const answer = await send('POST', '/v1/chat/completions', completion, headers);
    expect(answer.status).toBe(415);
    expect(JSON.stringify(answer.body)).toContain('Content-Type: application/json');
  });
});

describe('pages of other origins', () => {
  const preflight = (origin: string, path: string) =>
    send('OPTIONS', path, '', {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,x-stainless-os',
    });

  test.each([
    '/v1/chat/completions',
    '/api/chat_v3',
    '/envelope/v1/chat/completions',
    '/v1/models',
    '/api/license',
  ])('an origin that is named may call %s', async path => {
    const { status, headers } = await preflight('https://app.shop.example', path);
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('https://app.shop.example');
    expect(headers['access-control-allow-headers']).toContain('x-stainless-os');
    expect(headers['access-control-allow-methods']).toBe('GET,POST,PATCH,DELETE');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers.vary).toContain('Origin');
  });

  test('it reads what is left in the headers', async () => {
    const headers = { ...ofHolder(), origin: 'http://localhost:5173' };
    const answer = await send('POST', '/v1/chat/completions', completion, headers);
    expect(answer.status).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBe('http://localhost:5173');
    const exposed = String(answer.headers['access-control-expose-headers']);
    for (const name of ['X-Quota-Remaining', 'X-Quota-Charged', 'X-Request-Id', 'Retry-After']) {
      expect(exposed).toContain(name);
    }
  });

  test('a cache keeps the models for each origin apart', async () => {
    const { headers } = await send('GET', '/v1/models', '', { origin: 'https://app.shop.example' });
    expect(String(headers.vary).split(', ')).toEqual(
      expect.arrayContaining(['Origin', 'Accept-Language', 'Authorization', 'X-API-Key']),
    );
  });

  test('it reads refusals too', async () => {
    const headers = { origin: 'https://app.shop.example', 'content-type': 'application/json' };
    const answer = await send('POST', '/v1/chat/completions', completion, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.shop.example');
  });

  test.each([
    ['https://evil.example', '/v1/chat/completions'],
    ['https://app.shop.example.evil.example', '/v1/chat/completions'],
    ['http://app.shop.example', '/v1/chat/completions'],
    ['null', '/v1/chat/completions'],
    ['https://app.shop.example', '/admin/api/licenses'],
    ['https://app.shop.example', '/webhooks/stripe'],
    ['https://app.shop.example', '/metrics'],
  ])('%s may not call %s', async (origin, path) => {
    const { headers } = await preflight(origin, path);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test('without CORS_ORIGINS nobody may', async () => {
    const closed = await startService();
    const response = await fetch(`${closed.url}/v1/models`, {
      headers: { Origin: 'https://app.shop.example' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    await closed.close();
  });
});
