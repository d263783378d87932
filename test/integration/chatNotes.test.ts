// What a caller of chat_v3 is told beside the fields of the reply: which fields were not read, that a reply was cut,
// and images that a model made.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let key: string;
beforeAll(async () => {
  service = await startService({ faults: ['length', 'tools'] });
  ({ key } = await service.issue('vip'));
});
afterAll(() => service.close());

const chat = (body: object, headers = {}) =>
  service.post(
    '/api/chat_v3',
    { api_key: key, model: 'qwen/qwen-2.5-7b-instruct', prompt: 'Hi', ...body },
    headers,
  );
const stream = async (body: object) => {
  const response = await fetch(`${service.url}/api/chat_v3`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ api_key: key, prompt: 'Hi', stream: true, ...body }),
  });
  const events = (await response.text()).split('\n\n').filter(Boolean);
  return { response, events: events.map(event => event.replace(/^data: /, '')) };
};
const FIELDS = ['error', 'reply', 'model', 'source', 'plan', 'usage', 'usage_breakdown'];

describe('fields that chat_v3 does not read', () => {
  test.each([
    [{ temperature: 0.2, max_tokens: 10 }, 'temperature, max_tokens'],
    [{ image: 'data:image/png;base64,AA' }, 'image;use=image_url'],
    [{ promt: 'Hi', Messages: [] }, 'promt;use=prompt, Messages;use=messages'],
    [{ history: [], top_p: 1 }, 'history;use=messages, top_p'],
    [{ 'با فاصله': 1, 'a b': 2 }, 'others;count=2'],
    [{ sahm_live_abcdefghijklmnopqrstuvwxyz0123456789: 1 }, 'others;count=1'],
  ])('%j: X-Sahm-Ignored is %s', async (body, ignored) => {
    const { status, headers, body: reply } = await chat(body);
    expect(status).toBe(200);
    expect(headers.get('x-sahm-ignored')).toBe(ignored);
    expect(Object.keys(reply)).toEqual(FIELDS);
  });

  test('are named in a refusal too, with the missing field that was probably meant', async () => {
    const { status, headers } = await chat({ prompt: undefined, message: 'Hi' });
    expect(status).toBe(400);
    expect(headers.get('x-sahm-ignored')).toBe('message;use=prompt');
  });

  test('are named in a stream’s headers', async () => {
    const { response } = await stream({ model: 'mistralai/mistral-nemo', temperature: 1 });
    expect(response.headers.get('x-sahm-ignored')).toBe('temperature');
  });

  test('if all are read there is no such header', async () => {
    const { headers } = await chat({ messages: [], image_url: '', stream: false });
    expect(headers.get('x-sahm-ignored')).toBeNull();
  });

  test('a thousand of them make no header that a proxy would refuse', async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`field_${at}`, 1]));
    const { headers } = await chat(many);
    const named = headers.get('x-sahm-ignored') ?? '';
    expect(named.length).toBeLessThan(1_000);
    expect(named).toMatch(/, others;count=980$/);
  });
});

describe('a reply that did not end normally', () => {
  test.each([
    ['fault/length', 'length'],
    ['fault/tools', 'tool_calls'],
  ])('of %s says why in X-Sahm-Finish-Reason, and has the same fields', async (model, reason) => {
    const { status, headers, body } = await chat({ model });
    expect(status).toBe(200);
    expect(headers.get('x-sahm-finish-reason')).toBe(reason);
    expect(Object.keys(body)).toEqual(FIELDS);
  });

  test('says it again with the same Idempotency-Key', async () => {
    const headers = { 'Idempotency-Key': 'cut once' };
    await chat({ model: 'fault/length' }, headers);
    const again = await chat({ model: 'fault/length' }, headers);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('x-sahm-finish-reason')).toBe('length');
  });

  test('in a stream says it before the whole reply, as a piece without text', async () => {
    const { events } = await stream({ model: 'fault/length' });
    expect(events.at(-1)).toBe('[DONE]');
    expect(Object.keys(JSON.parse(events.at(-2) ?? ''))).toEqual(FIELDS);
    expect(JSON.parse(events.at(-3) ?? '')).toEqual({ delta: '', finish_reason: 'length' });
  });

  test('a complete one has no such header', async () => {
    const { headers } = await chat({});
    expect(headers.get('x-sahm-finish-reason')).toBeNull();
    const { events } = await stream({ model: 'mistralai/mistral-nemo' });
    expect(events.join()).not.toContain('finish_reason');
  });
});

describe('an image that a model made', () => {
  const model = 'google/gemini-3.1-flash-image';

  test('is in the reply as a data URL, after the text and an empty line', async () => {
    const { status, body } = await chat({ model, prompt: 'A red pixel' });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(FIELDS);
    expect(body.reply).toMatch(/^\[sandbox\] [^\n]+\n\ndata:image\/png;base64,[A-Za-z0-9+/=]+$/);
  });

  test('comes in a stream as one piece', async () => {
    const { events } = await stream({ model });
    const deltas = events.slice(0, -2).map(event => JSON.parse(event).delta as string);
    const whole = JSON.parse(events.at(-2) ?? '') as { reply: string };
    expect(deltas.join('')).toBe(whole.reply);
    expect(deltas.filter(delta => delta.includes('data:image/png'))).toHaveLength(1);
  });

  test('can be sent back as history', async () => {
    const first = await chat({ model });
    const messages = [
      { role: 'user', content: 'A red pixel' },
      { role: 'assistant', content: first.body.reply },
    ];
    expect((await chat({ model, messages, prompt: 'Bluer' })).status).toBe(200);
  });
});
