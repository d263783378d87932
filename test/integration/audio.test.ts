// Speech and transcriptions: files in answers and requests, with right and wrong forms.

import { readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { subtitlesOf } from '../../src/dialects/media/subtitles.js';
import { transcriptions } from '../../src/dialects/media/transcriptions.js';
import type { Model } from '../../src/domain/catalog.js';
import type { NativeRequest } from '../../src/domain/native.js';
import { type Service, startService } from '../harness/service.js';

let service: Service;
let vip: { id: string; key: string };

const SPEECH = 'gpt-4o-mini-tts';
const WHISPER = 'whisper-1';

beforeAll(async () => {
  service = await startService({
    changes: {
      'hexgrad/kokoro-82m': { upstream_id: 'voice#cut-2' },
      'openai/whisper-large-v3-turbo': { upstream_id: 'ear#status-500' },
    },
    prepare: addEars,
  });
  vip = await service.issue('vip');
});
afterAll(() => service.close());

/** Transcription models that stream, that do not, and that break off. */
async function addEars(catalogDir: string) {
  const file = join(catalogDir, 'models.json');
  const content = JSON.parse(await readFile(file, 'utf8'));
  const pattern = content.models.find(({ aliases }: { aliases: string[] }) =>
    aliases.includes('whisper-large-v3-turbo'),
  );
  const ear = (id: string, streaming: boolean, upstream_id = 'ear') => {
    const features = { ...pattern.card.features, streaming };
    return { ...pattern, id, aliases: [], upstream_id, card: { ...pattern.card, features } };
  };
  content.models.push(
    ear('ear-that-streams', true),
    ear('ear-that-does-not', false),
    ear('ear-that-breaks', true, 'ear#cut-2'),
  );
  await writeFile(file, JSON.stringify(content));
}

const bearer = (key = vip.key) => ({ Authorization: `Bearer ${key}` });
const quotaOf = async () => (await service.deps.chat.ledger.usage(vip.id)).quotas;
const client = () => new OpenAI({ apiKey: vip.key, baseURL: `${service.url}/v1`, maxRetries: 0 });
const MP3 = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x00]), Buffer.alloc(413)]);

describe('speech', () => {
  test.each([
    ['mp3', 'audio/mpeg', 'fffb'],
    ['wav', 'audio/wav', '52494646'],
    ['pcm', 'audio/pcm', '0000'],
  ] as const)('the official SDK gets %s', async (format, type, head) => {
    const before = (await quotaOf()).openai.used;
    const response = await client().audio.speech.create({
      model: SPEECH,
      voice: 'alloy',
      input: 'سلام. '.repeat(10),
      response_format: format,
    });
    expect(response.headers.get('content-type')).toBe(type);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.toString('hex', 0, head.length / 2)).toBe(head);
    expect(response.headers.get('x-quota-remaining')).toBe(String(80 - before - 1));
    expect((await quotaOf()).openai).toMatchObject({ used: before + 1, held: 0 });
  });

  test('the cost comes after the file, because only then it is known', async () => {
    const trailers = await new Promise<NodeJS.Dict<string>>((resolve, reject) => {
      const headers = { ...bearer(), 'Content-Type': 'application/json' };
      const asked = httpRequest(
        `${service.url}/v1/audio/speech`,
        { method: 'POST', headers },
        response => {
          response.resume().on('end', () => resolve(response.trailers));
        },
      );
      asked.on('error', reject);
      asked.end(JSON.stringify({ model: SPEECH, voice: 'alloy', input: 'x' }));
    });
    expect(trailers).toEqual({ 'x-quota-charged': '1' });
  });

  test('a client of HTTP/1.0, as some reverse proxies are, gets the whole file, or a broken connection', async () => {
    const { hostname, port } = new URL(service.url);
    const ask = (body: object) =>
      new Promise<{ bytes: Buffer; isBroken: boolean }>(resolve => {
        const parts: Buffer[] = [];
        let isBroken = false;
        const text = JSON.stringify({ voice: 'alloy', ...body });
        const { Authorization } = bearer();
        connect(Number(port), hostname)
          .on('data', part => parts.push(part))
          .on('error', () => {
            isBroken = true;
          })
          .on('close', () => resolve({ bytes: Buffer.concat(parts), isBroken }))
          .write(
            `POST /v1/audio/speech HTTP/1.0\r\nAuthorization: ${Authorization}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
          );
      });
    const before = await quotaOf();
    const whole = await ask({ model: SPEECH, input: 'x', response_format: 'wav' });
    const at = whole.bytes.indexOf('\r\n\r\n');
    expect(whole.bytes.subarray(0, at).toString()).not.toMatch(/trailer|transfer-encoding/i);
    expect(whole.bytes.subarray(at + 4, at + 8).toString()).toBe('RIFF');
    expect(whole.isBroken).toBe(false);
    expect((await quotaOf()).openai.used).toBe(before.openai.used + 1);
    const broken = await ask({ model: 'kokoro-82m', input: 'x'.repeat(200) });
    // What came of it may have come together with its end: then it was not begun.
    const isRefused = /^HTTP\/1.1 502 /.test(broken.bytes.toString());
    expect(isRefused || broken.isBroken).toBe(true);
    expect((await quotaOf()).openrouter).toEqual(before.openrouter);
  });

  test('a file that breaks off is not taken for whole, and is free', async () => {
    const before = await quotaOf();
    const asked = client().audio.speech.create({
      model: 'kokoro-82m',
      voice: 'alloy',
      input: 'x'.repeat(200),
    });
    await expect(asked.then(response => response.arrayBuffer())).rejects.toThrow();
    expect(await quotaOf()).toEqual(before);
  });

  test.each([
    ['no input', { voice: 'alloy' }, 'input'],
    ['no voice', { input: 'x' }, 'voice'],
    [
      'an unknown format',
      { input: 'x', voice: 'alloy', response_format: 'midi' },
      'response_format',
    ],
    ['events', { input: 'x', voice: 'alloy', stream_format: 'sse' }, 'stream_format'],
    ['a speed of 9', { input: 'x', voice: 'alloy', speed: 9 }, 'speed'],
    ['an unknown field', { input: 'x', voice: 'alloy', plugins: [] }, 'plugins'],
    ['a model that hears', { input: 'x', voice: 'alloy', model: WHISPER }, 'model'],
  ])('%s is refused by name, with nothing held', async (_name, body, param) => {
    const before = await quotaOf();
    const answer = await service.post('/v1/audio/speech', { model: SPEECH, ...body }, bearer());
    expect(answer).toMatchObject({ status: 400, body: { error: { param } } });
    expect(await quotaOf()).toEqual(before);
  });
});

describe('transcriptions', () => {
  test('the official SDK gets text, with its usage', async () => {
    const file = await toFile(MP3, 'voice.mp3');
    const before = (await quotaOf()).openai.used;
    const answer = await client().audio.transcriptions.create({ file, model: WHISPER });
    expect(answer).toMatchObject({
      text: '[sandbox] A recording: voice.mp3.',
      usage: { type: 'duration', seconds: 3 },
      quota: { charged: 1 },
    });
    expect((await quotaOf()).openai).toMatchObject({ used: before + 1, held: 0 });
  });

  test.each([
    ['verbose_json', expect.objectContaining({ language: 'english', segments: expect.anything() })],
    ['text', '[sandbox] A recording: voice.mp3.\n'],
    [
      'srt',
      '1\n00:00:00,000 --> 00:00:01,500\n[sandbox] A recording:\n\n2\n00:00:01,500 --> 00:00:03,000\nvoice.mp3.\n\n',
    ],
    [
      'vtt',
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n[sandbox] A recording:\n\n00:00:01.500 --> 00:00:03.000\nvoice.mp3.\n\n',
    ],
  ] as const)('as %s', async (response_format, expected) => {
    const file = await toFile(MP3, 'voice.mp3');
    const answer = await client().audio.transcriptions.create({
      file,
      model: WHISPER,
      response_format,
      ...(response_format === 'verbose_json' && { timestamp_granularities: ['segment'] }),
    });
    expect(answer).toEqual(expected);
  });

  test.each([
    ['srt', ''],
    ['vtt', 'WEBVTT\n\n'],
  ] as const)('nothing said is no subtitle, as %s', (form, expected) => {
    for (const body of [{ text: '' }, { text: '', segments: [{ start: 0, end: 1, text: ' ' }] }]) {
      expect(subtitlesOf(body, form)).toBe(expected);
    }
  });

  test.each(['srt', 'vtt'] as const)('what is said ends no subtitle, as %s', form => {
    const body = { text: 'a --> b\r\n\r\nc\n \nd', duration: 2 };
    expect(subtitlesOf(body, form)).toContain('\na -> b\nc\nd\n\n');
  });

  test('fields may come after the file, and the same key gives the same text, charged once', async () => {
    const form = () => {
      const fields = new FormData();
      fields.append('file', new Blob([MP3]), 'ملف "x".mp3');
      fields.append('response_format', 'text');
      fields.append('model', WHISPER);
      return fields;
    };
    const ask = (content: FormData) =>
      fetch(`${service.url}/v1/audio/transcriptions`, {
        method: 'POST',
        headers: { ...bearer(), 'Idempotency-Key': 'voice' },
        body: content,
      });
    const first = await ask(form());
    const text = await first.text();
    expect(text).toContain('ملف');
    const used = (await quotaOf()).openai.used;
    const second = await ask(form());
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(second.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await second.text()).toBe(text);
    expect((await quotaOf()).openai.used).toBe(used);
    const other = form();
    other.set('file', new Blob([Buffer.concat([MP3, MP3])]), 'ملف "x".mp3');
    expect((await ask(other)).status).toBe(422);
  });

  test.each([
    ['of a model that streams, as it comes', 'ear-that-streams', 4],
    ['of another, in one piece', 'ear-that-does-not', 1],
  ])('a stream %s: charged once, before its last event', async (_name, model, pieces) => {
    const before = (await quotaOf()).openrouter.used;
    const file = await toFile(MP3, 'voice.mp3');
    const stream = await client().audio.transcriptions.create({ file, model, stream: true });
    const events = [];
    for await (const event of stream) events.push(event);
    const deltas = events.slice(0, -1).map(event => (event as { delta: string }).delta);
    expect(deltas).toHaveLength(pieces);
    expect(deltas.join('')).toBe('[sandbox] A recording: voice.mp3.');
    expect(events.at(-1)).toMatchObject({
      type: 'transcript.text.done',
      text: '[sandbox] A recording: voice.mp3.',
      usage: { type: 'duration', seconds: 3 },
      quota: { charged: 1, used: before + 1 },
    });
    expect((await quotaOf()).openrouter).toMatchObject({ used: before + 1, held: 0 });
  });

  test('what the operator pays for one is not told', async () => {
    const usage = await service.deps.chat.ledger.usage(vip.id);
    const { modelsByName } = service.deps.chat.catalog();
    const model = modelsByName.get(WHISPER) as Model;
    const costs = { cost: 0.000017, cost_details: { upstream_inference_cost: 0.00001 } };
    const body = { text: 'x', usage: { seconds: 3, is_byok: false, ...costs } };
    const reply = transcriptions.renderReply({
      id: '',
      asked: WHISPER,
      language: 'en',
      answer: { kind: 'answer', body, tokens: null },
      model,
      usage,
      charged: 1,
    });
    const writer = transcriptions.openStream({} as NativeRequest, '');
    const last = { name: 'transcript.text.done', data: body };
    const end = writer.end({ kind: 'end', events: [last], tokens: null }, model, usage, 1);
    for (const told of [JSON.stringify(reply), String(end)]) {
      expect(told).toContain('"usage":{"seconds":3}');
      expect(told).not.toMatch(/cost|byok/);
    }
  });

  test('a stream that breaks off ends with an error, and is free', async () => {
    const before = await quotaOf();
    const file = await toFile(MP3, 'voice.mp3');
    const stream = await client().audio.transcriptions.create({
      file,
      model: 'ear-that-breaks',
      stream: true,
    });
    const read = async () => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toThrow();
    expect(await quotaOf()).toEqual(before);
  });

  test('where the upstream fails nothing is charged', async () => {
    const before = await quotaOf();
    const file = await toFile(MP3, 'voice.mp3');
    const asked = client().audio.transcriptions.create({ file, model: 'whisper-large-v3-turbo' });
    await expect(asked).rejects.toMatchObject({ status: 502 });
    expect(await quotaOf()).toEqual(before);
  });
});

describe('bodies that are no form, or a form with other fields', () => {
  const B = 'xyz';
  const part = (name: string, value: string | Buffer, more = '') =>
    Buffer.concat([
      Buffer.from(`--${B}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
      Buffer.from(value),
      Buffer.from('\r\n'),
    ]);
  const FILE = part('file', MP3, '; filename="a.mp3"');
  const MODEL = part('model', WHISPER);
  const END = Buffer.from(`--${B}--\r\n`);
  const TYPE = `multipart/form-data; boundary=${B}`;

  test.each<[string, string, Buffer[], number, string | null]>([
    ['no file', TYPE, [MODEL, END], 400, 'file'],
    ['a file that is a text', TYPE, [MODEL, part('file', 'x'), END], 400, 'file'],
    ['a file without a name of its own', TYPE, [MODEL, part('file', MP3), END], 400, 'file'],
    [
      'a zip',
      TYPE,
      [MODEL, part('file', Buffer.from('PK\u0003\u0004'), '; filename="a.mp3"'), END],
      400,
      'file',
    ],
    ['an empty file', TYPE, [MODEL, part('file', '', '; filename="a.mp3"'), END], 400, 'file'],
    ['two models', TYPE, [MODEL, MODEL, FILE, END], 400, 'model'],
    ['two files', TYPE, [MODEL, FILE, FILE, END], 400, 'file'],
    ['no model', TYPE, [FILE, END], 400, 'model'],
    ['an unknown field', TYPE, [MODEL, FILE, part('plugins', 'x'), END], 400, 'plugins'],
    ['another boundary', 'multipart/form-data; boundary=abc', [MODEL, FILE, END], 400, null],
    ['no boundary', 'multipart/form-data', [MODEL, FILE, END], 400, null],
    ['no end', TYPE, [MODEL, FILE.subarray(0, -40)], 400, null],
    ['nothing', TYPE, [], 400, null],
    ['too many parts', TYPE, [...Array.from({ length: 200 }, () => MODEL), FILE, END], 400, null],
    [
      'subtitles as a stream',
      TYPE,
      [MODEL, part('stream', 'true'), part('response_format', 'srt'), FILE, END],
      400,
      'response_format',
    ],
    ['a stream that is neither', TYPE, [MODEL, part('stream', 'yes'), FILE, END], 400, 'stream'],
    ['JSON', 'application/json', [Buffer.from('{}')], 415, null],
    ['a model that speaks', TYPE, [part('model', SPEECH), FILE, END], 400, 'model'],
    ['a model that nobody knows', TYPE, [part('model', 'none'), FILE, END], 404, 'model'],
    [
      'more than 26 MiB',
      TYPE,
      [MODEL, part('file', Buffer.alloc(27 * 1024 * 1024), '; filename="a.mp3"'), END],
      413,
      null,
    ],
  ])('%s: refused, with nothing held', async (_name, type, parts, status, param) => {
    const before = await quotaOf();
    const response = await fetch(`${service.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { ...bearer(), 'Content-Type': type },
      body: new Uint8Array(Buffer.concat(parts)),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('x-should-retry')).toBe('false');
    const { error } = (await response.json()) as { error: { param: unknown; message: string } };
    expect(error).toMatchObject({ param, message: expect.not.stringContaining('Unicode') });
    expect(await quotaOf()).toEqual(before);
  });

  test('25 MiB of audio pass', async () => {
    const file = part(
      'file',
      Buffer.concat([MP3, Buffer.alloc(25 * 1024 * 1024 - 417)]),
      '; filename="a.mp3"',
    );
    const response = await fetch(`${service.url}/v1/audio/transcriptions`, {
      method: 'POST',
      headers: { ...bearer(), 'Content-Type': TYPE },
      body: new Uint8Array(Buffer.concat([MODEL, file, END])),
    });
    expect(response.status).toBe(200);
  });
});
