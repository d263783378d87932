// Images and moderations: what is held and charged if a request counts several things, or nothing; and files with an
// address.

import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { imageSize } from 'image-size';
import OpenAI, { toFile } from 'openai';
import { type Answer, REPLICA_SECRETS, type Service, startService } from '../harness/service.js';

let service: Service;
let vip: { id: string; key: string };

const VIP_IMAGES = 'openai/gpt-image-2';
const IMAGES = 'seedream-4.5';

beforeAll(async () => {
  service = await startService({ changes: CHANGES, env: REPLICA_SECRETS });
  vip = await service.issue('vip');
});
afterAll(() => service.close());

const image = (upstream_id: string) => ({ upstream_id, minimum_plan: 'basic' });
const CHANGES = {
  'bytedance-seed/seedream-4.5': image('bytedance-seed/seedream-4.5'),
  'openai/gpt-image-2': { minimum_plan: 'basic' },
  'google/gemini-3.1-flash-image': {
    ...image('few#images-1'),
    card: imageCard('Few'),
  },
  'mistralai/mistral-nemo': { ...image('none#blank'), card: imageCard('None') },
  'z-ai/glm-5.2': { ...image('page#html'), card: imageCard('Page') },
};

function imageCard(name: string) {
  return {
    kind: 'image',
    name,
    description: name,
    pricing: { prompt: '0', completion: '0' },
    context_length: 1,
    architecture: 'x',
    hosted_by: 'x',
    features: { tools: false, vision: false, json_mode: false, streaming: true },
    tokenizer: 'x',
    maxCompletionTokens: 1,
    provider: { slug: 'x', name: 'x' },
    inputModalities: ['text'],
    outputModalities: ['image'],
  };
}

const ask = (body: object, key = vip.key, headers = {}) =>
  service.post('/v1/images/generations', body, { Authorization: `Bearer ${key}`, ...headers });
const quotaOf = async ({ id } = vip) => (await service.deps.chat.ledger.usage(id)).quotas;
const clientOf = ({ key }: { key: string }) =>
  new OpenAI({ apiKey: key, baseURL: `${service.url}/v1`, maxRetries: 0 });

describe('images', () => {
  test('the official SDK gets as many as it asks for, and each is a unit', async () => {
    const client = clientOf(vip);
    const before = await quotaOf();
    for (const model of [IMAGES, VIP_IMAGES]) {
      const answer = await client.images.generate({
        model,
        prompt: 'sunset',
        n: 3,
        size: '512x512',
      });
      expect(answer.data).toHaveLength(3);
      const [first] = answer.data ?? [];
      const bytes = Buffer.from(first?.b64_json ?? '', 'base64');
      expect(imageSize(bytes)).toMatchObject({ width: 512, height: 512, type: 'png' });
      expect(answer).toMatchObject({ quota: { charged: 3 } });
    }
    const after = await quotaOf();
    expect(after.openrouter.used - before.openrouter.used).toBe(3);
    expect(after.openai.used - before.openai.used).toBe(3);
    expect(after.openai.held).toBe(0);
  });

  test('a stream brings drafts and then the image, charged before the last event', async () => {
    const stream = await clientOf(vip).images.generate({
      model: VIP_IMAGES,
      prompt: 'sunset',
      stream: true,
      partial_images: 1,
    });
    const events = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ type }) => type)).toEqual([
      'image_generation.partial_image',
      'image_generation.completed',
    ]);
    expect(events.at(-1)).toMatchObject({ quota: { charged: 1 }, usage: { output_tokens: 272 } });
  });

  test('an edit takes files and fields in any order, at both providers', async () => {
    const image = await pngOf();
    for (const model of [IMAGES, VIP_IMAGES]) {
      const answer = await clientOf(vip).images.edit({
        image: [await toFile(image, 'a.png', { type: 'image/png' }), await toFile(image, 'b.png')],
        prompt: 'a red hat',
        model,
        n: 2,
      });
      expect(answer.data).toHaveLength(2);
      expect(answer).toMatchObject({ quota: { charged: 2 } });
    }
  });

  test('a mask is refused by name where the provider of the model has none', async () => {
    const file = await toFile(await pngOf(), 'a.png', { type: 'image/png' });
    const edit = { image: file, mask: file, prompt: 'a red hat' };
    const refused = clientOf(vip).images.edit({ ...edit, model: IMAGES });
    await expect(refused).rejects.toMatchObject({ status: 400, param: 'mask' });
    const made = await clientOf(vip).images.edit({ ...edit, model: VIP_IMAGES });
    expect(made.data).toHaveLength(1);
  });

  test('with fewer images than requested, only those that came are charged, also in a replay', async () => {
    const before = (await quotaOf()).openrouter.used;
    const headers = { 'Idempotency-Key': 'few' };
    const body = { model: 'google/gemini-3.1-flash-image', prompt: 'x', n: 4 };
    const answer = await ask(body, vip.key, headers);
    expect(answer).toMatchObject({
      status: 200,
      body: { quota: { charged: 1, used: before + 1 } },
    });
    expect(answer.body.data).toHaveLength(1);
    expect(answer.headers.get('x-quota-charged')).toBe('1');
    const again = await ask(body, vip.key, headers);
    expect(again.body).toEqual(answer.body);
    expect((await quotaOf()).openrouter).toMatchObject({ used: before + 1, held: 0 });
    expect(await service.deps.findProblems()).toEqual([]);
  });

  test('an answer without any image is a failure, and free', async () => {
    const answer = await ask({ model: 'mistralai/mistral-nemo', prompt: 'x', n: 2 });
    expect(answer).toMatchObject({ status: 502, body: { error: { code: 'upstream_failed' } } });
    expect(answer.headers.get('x-quota-charged')).toBe('0');
  });

  test('500 calls at once over three replicas, with n from 1 to 4, never get more than the limit', async () => {
    const database = service.database;
    const replicas = await Promise.all(
      Array.from({ length: 3 }, () =>
        startService({ database, changes: CHANGES, env: REPLICA_SECRETS }),
      ),
    );
    const [first] = replicas as [Service];
    const license = await first.issue('basic');
    const token = await first.signInAs('owner');
    const body = { limits: { openrouter: LIMIT } };
    await first.call('PATCH', `/admin/api/licenses/${license.id}`, { token, body });
    const asked = Array.from({ length: 500 }, (_, index) => {
      const model = index % 5 === 0 ? 'google/gemini-3.1-flash-image' : IMAGES;
      return replicas[index % 3]?.post(
        '/v1/images/generations',
        { model, prompt: 'x', n: 1 + (index % 4), size: '16x16' },
        { Authorization: `Bearer ${license.key}` },
      ) as Promise<Answer>;
    });
    const answers = await Promise.all(asked);
    const charged = answers.map(({ headers }) => Number(headers.get('x-quota-charged')));
    const images = answers.map(({ body }) => ((body.data as unknown[]) ?? []).length);
    expect(charged).toEqual(images);
    const { openrouter } = await quotaOf(license);
    const total = charged.reduce((sum, units) => sum + units, 0);
    expect(openrouter).toMatchObject({ used: total, held: 0 });
    expect(total).toBeLessThanOrEqual(LIMIT);
    // Nothing that fits is refused for good. While others are under way, their images may come short.
    expect(total).toBeGreaterThan(LIMIT / 2);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    for (const { status, body } of refused) {
      expect(status).toBe(429);
      expect(body).toMatchObject({ error: { code: expect.stringMatching(/^quota_/) } });
    }
    expect(await first.deps.findProblems()).toEqual([]);
    await Promise.all(replicas.map(replica => replica.close()));
  });
});

const LIMIT = 700;

async function pngOf(): Promise<Buffer> {
  const { body } = await ask({ model: IMAGES, prompt: 'x', size: '16x16' });
  return Buffer.from((body.data as Array<{ b64_json: string }>)[0]?.b64_json ?? '', 'base64');
}

describe('files with an address', () => {
  const askForFile = async () => {
    const answer = await ask({ model: IMAGES, prompt: 'x', size: '32x16', response_format: 'url' });
    const [image] = answer.body.data as Array<{ url: string; b64_json?: string }>;
    return image as { url: string; b64_json?: string };
  };

  test('the address cannot be guessed, and a file is never shown as a page', async () => {
    const { url, b64_json } = await askForFile();
    expect(b64_json).toBeUndefined();
    expect(url).toMatch(new RegExp(`^${service.url}/media/[0-9a-f]{64}\\.png$`));
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(imageSize(Buffer.from(await response.arrayBuffer()))).toMatchObject({ width: 32 });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': expect.stringMatching(/^attachment; filename="/),
    });
  });

  test('a file is there for 24 hours, then it is not found, and the job removes it', async () => {
    const { url } = await askForFile();
    const folder = join(service.directory, 'media');
    const path = join(folder, url.split('/').at(-1) as string);
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000);
    await utimes(path, hoursAgo(24), hoursAgo(24));
    expect((await fetch(url)).status).toBe(200);
    await utimes(path, hoursAgo(26), hoursAgo(26));
    expect((await fetch(url)).status).toBe(404);
    await writeFile(join(folder, 'keep.txt'), 'of somebody else');
    await service.deps.jobs.prune();
    const left = await readdir(folder);
    expect(left).toContain('keep.txt');
    expect(left).not.toContain(url.split('/').at(-1));
  });

  test.each([
    '',
    '/',
    '/x',
    `/${'0'.repeat(64)}.png`,
    '/..%2f..%2fcatalog%2fplans.json',
    '/keep.txt',
  ])('/media%s is not found', async path => {
    expect((await fetch(`${service.url}/media${path}`)).status).toBe(404);
  });

  test('bytes that are no image are not stored, and not charged', async () => {
    const before = (await quotaOf()).openrouter;
    const answer = await ask({ model: 'z-ai/glm-5.2', prompt: 'x', response_format: 'url' });
    expect(answer.status).toBe(502);
    expect((await quotaOf()).openrouter).toEqual(before);
  });
});

describe('refusals', () => {
  test.each([
    ['no prompt', { model: IMAGES }, 400, 'invalid_request', 'prompt'],
    ['n of 0', { model: IMAGES, prompt: 'x', n: 0 }, 400, 'invalid_request', 'n'],
    ['n of 11', { model: IMAGES, prompt: 'x', n: 11 }, 400, 'invalid_request', 'n'],
    ['a strange size', { model: IMAGES, prompt: 'x', size: 'big' }, 400, 'invalid_request', 'size'],
    [
      'several in a stream',
      { model: IMAGES, prompt: 'x', n: 2, stream: true },
      400,
      'invalid_request',
      'n',
    ],
    [
      'an unknown field',
      { model: IMAGES, prompt: 'x', plugins: [] },
      400,
      'invalid_request',
      'plugins',
    ],
    [
      'a model for chats',
      { model: 'openai/gpt-4o-mini', prompt: 'x' },
      400,
      'content_not_supported',
      'model',
    ],
    ['more than is left', { model: VIP_IMAGES, prompt: 'x', n: 10 }, 429, 'quota_exhausted', null],
  ])('%s is refused by name, with nothing held', async (_name, body, status, code, param) => {
    const license = code === 'quota_exhausted' ? await service.issue('basic') : vip;
    const before = await quotaOf(license);
    const answer = await ask(body, license.key);
    expect(answer).toMatchObject({ status, body: { error: { code, param } } });
    expect(await quotaOf(license)).toEqual(before);
  });
});

describe('moderations', () => {
  const moderate = (body: object, key: string) =>
    service.post('/v1/moderations', body, { Authorization: `Bearer ${key}` });

  test('cost nothing, and work with a quota that is used up', async () => {
    const license = await service.issue('vip');
    const owner = await service.signInAs('owner');
    const none = { limits: { openai: 0 } };
    await service.call('PATCH', `/admin/api/licenses/${license.id}`, { token: owner, body: none });
    const before = await quotaOf(license);
    const answer = await clientOf(license).moderations.create({ input: ['hello', 'violence'] });
    expect(answer.results.map(({ flagged }) => flagged)).toEqual([false, true]);
    expect(answer).toMatchObject({ quota: { charged: 0, limit: 0, remaining: 0 } });
    expect(await quotaOf(license)).toEqual(before);
    const { prisma } = service.database;
    expect(await prisma.hold.count({ where: { licenseId: license.id } })).toBe(0);
  });

  test('a suspended license is refused at once, also if it is cached', async () => {
    const license = await service.issue('vip');
    expect((await moderate({ input: 'x' }, license.key)).status).toBe(200);
    const token = await service.signInAs('owner');
    const body = { reason: 'x' };
    await service.call('POST', `/admin/api/licenses/${license.id}/suspend`, { token, body });
    expect((await moderate({ input: 'x' }, license.key)).status).toBe(401);
  });

  test('a rate limit holds for them too', async () => {
    const license = await service.issue('vip');
    const token = await service.signInAs('owner');
    await service.call('PATCH', `/admin/api/licenses/${license.id}`, {
      token,
      body: { rate_limit: 1 },
    });
    expect((await moderate({ input: 'x' }, license.key)).status).toBe(200);
    expect(await moderate({ input: 'x' }, license.key)).toMatchObject({
      status: 429,
      body: { error: { code: 'rate_limited' } },
    });
  });
});
