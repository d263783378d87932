// Streams that are cut by either side, at every chunk: who pays, and what stays open.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';
import { startHttp } from '../providers/fakeUpstream.js';

/** The sandbox's answer to `one two` has six words, which is eight chunks with the last two. */
const CHUNKS = 8;
const CUTS = Array.from({ length: CHUNKS + 1 }, (_, index) => index);
const FAULTS = [
  ...CUTS.flatMap(count => [`cut-${count}`, `stream-error-${count}`]),
  ...['pace-40', 'delay-400', 'empty', 'malformed', 'reset', 'html'],
];
const LIGHT = 'qwen/qwen-2.5-7b-instruct';
const messages = [{ role: 'user', content: 'one two three' }];

let service: Service;
beforeAll(async () => {
  service = await startService({ faults: FAULTS });
});
afterAll(() => service.close());

interface Left {
  request: ClientRequest;
  response: IncomingMessage;
}

/** Opens a stream and returns its response unread. */
function open(url: string, key: string, model: string): Promise<Left> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ model, messages, stream: true });
    const request = httpRequest(
      `${url}/v1/chat/completions`,
      {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      },
      response => resolve({ request, response: response.on('error', () => {}) }),
    );
    request.on('error', reject).end(body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response) text += part;
  return text;
}

async function lastHold(from: Service, licenseId: string) {
  const holds = () =>
    from.database.prisma.hold.findMany({ where: { licenseId }, orderBy: { id: 'desc' } });
  await until(async () => ((await holds())[0]?.state ?? 'pending') !== 'pending');
  return (await holds())[0];
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  throw new Error('it never came to be');
}

describe('the upstream breaks off', () => {
  test.each(CUTS.flatMap(count => [`cut-${count}`, `stream-error-${count}`]))(
    '%s: an error, and nothing is charged',
    async fault => {
      const { id, key } = await service.issue('basic');
      const { response } = await open(service.url, key, `fault/${fault}`);
      const text = await readAll(response);
      const isWhole = text.includes('[DONE]');
      if (response.statusCode === 200) {
        expect(text).toMatch(/data: (\[DONE\]|\{"error":\{.*"code":"upstream_failed".*\})\n\n$/);
      } else {
        expect([response.statusCode, fault]).toEqual([502, expect.stringMatching(/-[0]$/)]);
      }
      // Only a cut after the very last chunk leaves the stream complete.
      expect(isWhole).toBe(false);
      expect(await lastHold(service, id)).toMatchObject({ state: 'voided' });
      expect((await service.deps.chat.ledger.usage(id)).quotas.openrouter).toMatchObject({
        used: 0,
        held: 0,
      });
    },
  );

  test.each(['empty', 'malformed', 'reset', 'html'])(
    '%s: a status, before anything was sent',
    async fault => {
      const { id, key } = await service.issue('basic');
      const { response } = await open(service.url, key, `fault/${fault}`);
      expect(response.statusCode).toBe(502);
      expect(JSON.parse(await readAll(response))).toMatchObject({
        error: { code: 'upstream_failed' },
      });
      expect(await lastHold(service, id)).toMatchObject({ state: 'voided' });
    },
  );
});

test.each([
  ['ends', '', 502, 1],
  ['says that it is busy', 'data: {"error":{"code":503,"message":"no"}}\n\n', 200, 2],
  ['refuses', 'data: {"error":{"code":400,"message":"too long"}}\n\n', 400, 1],
])(
  'an upstream that %s after the role alone: tried again, or a status',
  async (_name, then, status, calls) => {
    let count = 0;
    const chunk = (delta: object, finish_reason: string | null = null) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
    const upstream = await startHttp((request, response) => {
      request.resume();
      count += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk({ role: 'assistant', content: '' }));
      const rest =
        count === 1 ? then : `${chunk({ content: 'x' })}${chunk({}, 'stop')}data: [DONE]\n\n`;
      // Apart from the first chunk, as it comes from a model that thinks before it writes.
      setTimeout(() => response.end(rest), 20);
    });
    const env = { OPENROUTER_API_KEY: 'k', OPENROUTER_BASE_URL: upstream.origin };
    const retrying = await startService({ env });
    try {
      const { id, key } = await retrying.issue('basic');
      const { response } = await open(retrying.url, key, LIGHT);
      const text = await readAll(response);
      expect([response.statusCode, count]).toEqual([status, calls]);
      if (status === 200) expect(text.match(/"role":"assistant"/g)).toHaveLength(1);
      const used = status === 200 ? 1 : 0;
      const { quotas } = await retrying.deps.chat.ledger.usage(id);
      expect(quotas.openrouter).toMatchObject({ used, held: 0 });
    } finally {
      await retrying.close();
      await upstream.close();
    }
  },
);

describe('the client leaves', () => {
  test('before the first chunk: not charged', async () => {
    const { id, key } = await service.issue('basic');
    const body = JSON.stringify({ model: 'fault/delay-400', messages, stream: true });
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    const request = httpRequest(`${service.url}/v1/chat/completions`, { method: 'POST', headers });
    request.on('error', () => {}).end(body);
    const holds = () => service.database.prisma.hold.count({ where: { licenseId: id } });
    await until(async () => (await holds()) === 1);
    request.destroy();
    expect(await lastHold(service, id)).toMatchObject({ state: 'voided', reason: 'client_left' });
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'after %i chunks: charged, and the upstream is left',
    async count => {
      const { id, key } = await service.issue('basic');
      const { request, response } = await open(service.url, key, 'fault/pace-40');
      let seen = '';
      for await (const part of response) {
        seen += part;
        if (seen.split('data: ').length > count) break;
      }
      const leftAt = Date.now();
      request.destroy();
      expect(await lastHold(service, id)).toMatchObject({ state: 'posted', reason: 'client_left' });
      const served = service.deps.sandbox?.served.at(-1);
      await until(() => served?.ended === true);
      expect(Date.now() - leftAt).toBeLessThan(1_000);
      expect(served?.clientAborted).toBe(true);
    },
  );
});

describe('the end', () => {
  test('is an error if the hold has expired meanwhile', async () => {
    const { id, key } = await service.issue('basic');
    const { response } = await open(service.url, key, 'fault/pace-40');
    await service.database.prisma.$executeRaw`
      UPDATE hold SET lease_ends_at = sahm_now() - interval '1 second'
      WHERE license_id = ${id}::uuid AND state = 'pending'`;
    await service.deps.jobs.expireHolds();
    const text = await readAll(response);
    expect(text).not.toContain('[DONE]');
    expect(text).not.toContain('"finish_reason":"stop"');
    expect(text).toMatch(/"code":"service_unavailable"\}\}\n\n$/);
    expect(await lastHold(service, id)).toMatchObject({ state: 'expired' });
  });

  test('a long silence is bridged by comments', async () => {
    service.deps.keepAliveMs = 50;
    try {
      const { key } = await service.issue('basic');
      const good = await open(service.url, key, 'fault/delay-400');
      const text = await readAll(good.response);
      expect(text).toMatch(/^(: keepalive\n\n){2,}data: \{/);
      expect(text).toMatch(/data: \[DONE\]\n\n$/);
    } finally {
      delete service.deps.keepAliveMs;
    }
  });

  test('the ledger is clean after all of these', async () => {
    expect(await service.deps.findProblems()).toEqual([]);
  });
});

describe('chat_v3 with stream: true', () => {
  test('sends the reply as it arrives, and then the whole one as without a stream', async () => {
    const { key } = await service.issue('basic');
    const response = await fetch(`${service.url}/api/chat_v3`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ api_key: key, model: LIGHT, prompt: 'سلام', stream: true }),
    });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('x-quota-limit')).toBe('150');
    expect(response.headers.get('x-quota-remaining')).toBe('149');
    const events = (await response.text())
      .split('\n\n')
      .filter(Boolean)
      .map(event => event.slice(6));
    expect(events.at(-1)).toBe('[DONE]');
    const parsed = events.slice(0, -1).map(event => JSON.parse(event));
    const last = parsed.at(-1);
    expect(Object.keys(last)).toEqual(
      'error reply model source plan usage usage_breakdown'.split(' '),
    );
    expect(
      parsed
        .slice(0, -1)
        .map(event => event.delta)
        .join(''),
    ).toBe(last.reply);
    expect(last).toMatchObject({ error: false, usage: { used: 1 } });
  });

  test('ends with an error in its own form', async () => {
    const { key } = await service.issue('basic');
    const body = { api_key: key, model: 'fault/cut-3', prompt: 'a b c', stream: true };
    const response = await fetch(`${service.url}/api/chat_v3`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    const last = (await response.text()).trimEnd().split('\n\n').at(-1) as string;
    expect(JSON.parse(last.slice(6))).toMatchObject({
      error: true,
      code: 'upstream_failed',
      usage: { used: 0 },
    });
  });
});

test('when a shutdown stops waiting, a stream with content is charged and says that it ends', async () => {
  const own = await startService({ faults: ['pace-100'] });
  try {
    const { id, key } = await own.issue('basic');
    const { response } = await open(own.url, key, 'fault/pace-100');
    setTimeout(() => own.deps.abortRequests(), 350);
    expect(await readAll(response)).toMatch(/"code":"service_unavailable"\}\}\n\n$/);
    expect(await lastHold(own, id)).toMatchObject({ state: 'posted', reason: 'client_left' });
  } finally {
    await own.close();
  }
});

/** An upstream that writes for ever, as fast as it can. */
async function startEndless() {
  let writtenBytes = 0;
  const event = `data: ${JSON.stringify({ choices: [{ delta: { content: 'x'.repeat(4_000) } }] })}\n\n`;
  const endless = await startHttp((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = () => {
      do writtenBytes += event.length;
      while (!response.destroyed && response.write(event));
    };
    response.on('drain', write);
    write();
  });
  return { endless, written: () => writtenBytes };
}

test('a reader that never reads stops the upstream, and memory stays flat', async () => {
  const { endless, written } = await startEndless();
  const env = { OPENROUTER_API_KEY: 'k', OPENROUTER_BASE_URL: endless.origin };
  const own = await startService({ env });
  try {
    const { id, key } = await own.issue('basic');
    const { request, response } = await open(own.url, key, LIGHT);
    response.pause();
    // Writing must come to rest; otherwise this test times out.
    let before = -1;
    while (written() > before) {
      before = written();
      await new Promise(resolve => setTimeout(resolve, 1_000));
    }
    // Only the system's socket buffers on both hops, and no buffer of ours.
    expect(written()).toBeLessThan(16 * 1024 * 1024);
    request.destroy();
    expect(await lastHold(own, id)).toMatchObject({ state: 'posted', reason: 'client_left' });
  } finally {
    await own.close();
    await endless.close();
  }
});

test('a reader that never reads is disconnected at the deadline, and charged as one that left', async () => {
  const { endless } = await startEndless();
  const env = {
    OPENROUTER_API_KEY: 'k',
    OPENROUTER_BASE_URL: endless.origin,
    UPSTREAM_TIMEOUT_MS: '1500',
    HOLD_LEASE_MS: '3000',
  };
  const own = await startService({ env });
  try {
    const { id, key } = await own.issue('basic');
    const { response } = await open(own.url, key, LIGHT);
    response.pause();
    expect(await lastHold(own, id)).toMatchObject({ state: 'posted', reason: 'client_left' });
  } finally {
    await own.close();
    await endless.close();
  }
});

test('if the answer to the post is lost, an error ends the stream, and a whole reply is a 503', async () => {
  const own = await startService();
  const { ledger } = own.deps.chat;
  const { settle } = ledger;
  try {
    const { id, key } = await own.issue('basic');
    ledger.settle = () =>
      Promise.reject(Object.assign(new Error('gone'), { name: 'DatabaseError' }));
    const { response } = await open(own.url, key, LIGHT);
    const text = await readAll(response);
    expect(text).toContain('three');
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"stop"/);
    expect(text).toMatch(/"code":"service_unavailable"\}\}\n\n$/);
    expect(text).toContain('may have been charged');
    const headers = { Authorization: `Bearer ${key}` };
    const whole = await own.post('/v1/chat/completions', { model: LIGHT, messages }, headers);
    expect([whole.status, whole.headers.get('retry-after')]).toEqual([503, '2']);
    expect(
      await own.database.prisma.hold.count({ where: { licenseId: id, state: 'pending' } }),
    ).toBe(2);
  } finally {
    ledger.settle = settle;
    await own.close();
  }
});
