// Generated files in a bucket of a real server that speaks as S3 does and checks every signature.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { AwsV4Signer } from 'aws4fetch';
import { loadConfig } from '../../src/config.js';
import { examine } from '../../src/doctor/index.js';
import { createMediaFiles } from '../../src/store/media/mediaFiles.js';
import { openFileStore } from '../../src/store/media/openFileStore.js';
import { type Service, startService } from '../harness/service.js';
import { hasSwift, SWIFT_USER, type Swift, startSwift } from '../harness/swift.js';
import { testWhere } from '../harness/testWhere.js';

const test = testWhere(hasSwift, 'swift-proxy', 'swift-account', 'swift-container', 'swift-object');

let swift: Swift;
let service: Service;
let env: Record<string, string>;
let pro: { id: string; key: string };
const lines: string[] = [];
const HOURS_MS = 3_600_000;

beforeAll(async () => {
  if (!hasSwift) return;
  swift = await startSwift();
  env = { ...SWIFT_USER, MEDIA_S3_BUCKET: 'files', MEDIA_S3_ENDPOINT: swift.url };
  expect((await inBucket('PUT', '')).status).toBe(200);
  service = await startService({
    env: { ...env, LOG_LEVEL: 'error' },
    log: line => void lines.push(line),
  });
  pro = await service.issue('pro');
});
afterAll(async () => {
  if (!hasSwift) return;
  await service?.close();
  await swift?.stop();
});

/** As anybody else would ask, who has the keys. */
async function inBucket(method: string, path: string): Promise<Response> {
  const signer = new AwsV4Signer({
    method,
    url: `${swift.url}/files${path}`,
    service: 's3',
    region: SWIFT_USER.AWS_REGION,
    accessKeyId: SWIFT_USER.AWS_ACCESS_KEY_ID,
    secretAccessKey: SWIFT_USER.AWS_SECRET_ACCESS_KEY,
  });
  const { url, headers } = await signer.sign();
  return fetch(url, { method, headers });
}

const namesInBucket = async () => {
  const names: string[] = [];
  for (let page = -1; page !== names.length; ) {
    page = names.length;
    const after = names.at(-1) ?? '';
    const text = await (await inBucket('GET', `?list-type=2&start-after=${after}`)).text();
    names.push(...[...text.matchAll(/<Key>([^<]*)/g)].map(([, key]) => key as string));
  }
  return names;
};
const askForImage = () =>
  service.post(
    '/v1/images/generations',
    { model: 'seedream-4.5', prompt: 'x', size: '32x16', response_format: 'url' },
    { Authorization: `Bearer ${pro.key}` },
  );
const urlOf = ({ body }: Awaited<ReturnType<typeof askForImage>>) =>
  (body.data as Array<{ url: string }>)[0]?.url as string;
const used = async () => (await service.deps.chat.ledger.usage(pro.id)).quotas.openrouter;

test('a file lies in the bucket alone, and is sent through the service as one of a folder is, whole or in part', async () => {
  const url = urlOf(await askForImage());
  expect(url).toMatch(new RegExp(`^${service.url}/media/[0-9a-f]{64}\\.png$`));
  expect(await namesInBucket()).toEqual([`media/${url.slice(-68)}`]);
  expect(await readdir(join(service.directory, 'media')).catch(() => [])).toEqual([]);
  const whole = await fetch(url);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect(whole.status).toBe(200);
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    'content-type': 'image/png',
    'content-length': String(bytes.length),
    'content-disposition': expect.stringMatching(/^attachment/),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  });
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  const part = await fetch(url, { headers: { Range: 'bytes=1-3' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 1-3/${bytes.length}`);
  expect(await part.text()).toBe('PNG');
  const other = url.replace(/[0-9a-f]{64}/, '0'.repeat(64));
  expect((await fetch(other)).status).toBe(404);
});

test('a file is gone after 25 hours, and the job removes it, whatever else is in the bucket', async () => {
  const url = urlOf(await askForImage());
  for (let count = 0; count < 3; count++) await askForImage();
  const store = await openFileStore({ mediaDir: '', mediaS3: loadConfig(env).mediaS3 });
  await store.write('other.png', new Uint8Array(1));
  const at = (hours: number) => createMediaFiles(store, () => Date.now() + hours * HOURS_MS);
  const before = await namesInBucket();
  expect(await at(24).open(url.slice(-68))).not.toBeNull();
  expect(await at(24).prune(100)).toBe(0);
  expect(await at(26).open(url.slice(-68))).toBeNull();
  expect(await at(26).prune(1)).toBe(1);
  expect(await at(26).prune(100)).toBe(before.length - 2);
  expect(await namesInBucket()).toEqual(['media/other.png']);
});

test('while the server is away: 503 and nothing charged; a video waits and is there afterwards', async () => {
  const kept = urlOf(await askForImage());
  const before = await used();
  const headers = { Authorization: `Bearer ${pro.key}` };
  const order = { model: 'videogen-pro', prompt: 'a cat', seconds: '10', size: '1920x1080' };
  const { id } = (await service.post('/v1/videos', order, headers)).body;
  await swift.pause();
  const refused = await askForImage();
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'service_unavailable' } } });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect((await fetch(kept)).status).toBe(503);
  const follow = async () => {
    await service.database.prisma.$executeRaw`UPDATE video_job SET next_poll_at = sahm_now()`;
    return service.deps.jobs.followVideos();
  };
  for (let round = 0; round < 4; round++) await follow();
  const show = () => service.call('GET', `/v1/videos/${id}`, { token: pro.key });
  expect((await show()).body).toMatchObject({ status: 'in_progress', error: null });
  expect(await used()).toMatchObject({ used: before.used, held: 10 });
  await swift.begin();
  await follow();
  expect((await show()).body).toMatchObject({ status: 'completed', quota: { charged: 10 } });
  expect(await used()).toMatchObject({ used: before.used + 10, held: 0 });
  expect((await fetch(kept)).status).toBe(200);
  const content = await fetch(`${service.url}/v1/videos/${id}/content`, { headers });
  expect(content.headers.get('content-type')).toBe('video/mp4');
  expect(lines.join('\n')).not.toMatch(/[0-9a-f]{64}\.|a-secret-of-the-tests/);
});

test('the doctor writes, reads, lists and removes a file, and says what is wrong without the secret', async () => {
  const examined = async (changes: Record<string, string>) => {
    const found = await examine({ DATA_DIR: service.directory, ...env, ...changes });
    return found.find(({ name }) => name === 'generated files');
  };
  const before = await namesInBucket();
  expect(await examined({})).toMatchObject({ ok: true });
  expect(await namesInBucket()).toEqual(before);
  const wrong = await examined({ AWS_SECRET_ACCESS_KEY: 'another-secret-of-the-tests' });
  expect(wrong).toMatchObject({ ok: false, says: expect.stringMatching(/SignatureDoesNotMatch/) });
  expect(wrong?.says).not.toMatch(/secret-of-the-tests/);
  expect(await examined({ AWS_REGION: 'eu-west-1' })).toMatchObject({ ok: false });
  const absent = await examined({ MEDIA_S3_BUCKET: 'absent' });
  expect(absent).toMatchObject({ ok: false, says: expect.stringMatching(/NoSuchBucket/) });
});
