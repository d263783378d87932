// Videos: jobs over two replicas of one database and one upstream. A job is asked for by one replica at a time, its
// hold lives as long as it does, and it is charged once: when its file can be fetched.

import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import OpenAI, { toFile } from 'openai';
import { type Sandbox, startSandbox } from '../../src/providers/sandbox/server.js';
import { type Answer, type Service, startService } from '../harness/service.js';

let sandbox: Sandbox;
let first: Service;
let second: Service;
let mediaDir: string;
let lines: string[];
let pro: { id: string; key: string };

const FAULTS = [
  'job-failed',
  'job-cancelled',
  'job-expired',
  'job-endless',
  'job-uncounted',
  'html',
  'blank',
  'report-status-503',
  'content-status-500',
  'status-400',
  'status-500',
  'delay-300',
];
const UNITS = 10;
const MODEL = 'alibaba/wan-2.6';
const ORDER = { model: 'videogen-pro', prompt: 'a cat', seconds: '10', size: '1920x1080' };

beforeAll(async () => {
  sandbox = await startSandbox();
  mediaDir = await mkdtemp(join(tmpdir(), 'sahm-videos-'));
  lines = [];
  const env = {
    LOG_LEVEL: 'error',
    MEDIA_DIR: mediaDir,
    OPENROUTER_API_KEY: 'upstream-key',
    OPENROUTER_BASE_URL: sandbox.url('openrouter'),
    JWT_SECRET: randomBytes(32).toString('base64'),
    KEY_PEPPER: randomBytes(32).toString('base64'),
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  };
  const log = (line: string) => void lines.push(line);
  first = await startService({ env, prepare: addModels, log });
  second = await startService({ env, prepare: addModels, log, database: first.database });
  pro = await first.issue('pro');
});
afterAll(async () => {
  await second.close();
  await first.close();
  await sandbox.close();
  await rm(mediaDir, { recursive: true, force: true });
});

/** `video/FAULT`, and a plan that sells money. */
async function addModels(catalogDir: string) {
  const change = async (name: string, act: (content: Record<string, object[]>) => void) => {
    const file = join(catalogDir, name);
    const content = JSON.parse(await readFile(file, 'utf8'));
    act(content);
    await writeFile(file, JSON.stringify(content));
  };
  await change('models.json', ({ models = [] }) => {
    const pattern = models.find(model => 'id' in model && model.id === MODEL) as object;
    const faulty = FAULTS.map(fault => ({
      ...pattern,
      id: `video/${fault}`,
      aliases: [],
      upstream_id: `x/y#${fault}`,
    }));
    const priced = ['', '#job-uncounted', '#job-failed'].map(fault => ({
      ...structuredClone(pattern as { card: { pricing: object } }),
      id: `priced/video${fault.replace('#', '-')}`,
      aliases: [],
      upstream_id: `x/y${fault}`,
    }));
    for (const { card } of priced) Object.assign(card.pricing, { per_second: '0.03' });
    const direct = { ...pattern, id: 'direct', aliases: [], provider: 'openai' };
    models.push(...faulty, ...priced, { ...direct, minimum_plan: 'basic' });
  });
  await change('plans.json', ({ plans = [] }) => {
    plans.push({
      code: 'money',
      rank: 9,
      name: { fa: 'money', en: 'money', 'zh-TW': 'money' },
      meter: 'money',
      allowances: { all: 1_000_000 },
      markup_percent: 10,
    });
  });
}

const bearer = (key = pro.key) => ({ Authorization: `Bearer ${key}` });
const begin = (body: object, headers = {}, service = first) =>
  service.post('/v1/videos', { ...ORDER, ...body }, { ...bearer(), ...headers });
const get = (path: string, service = first, key = pro.key) =>
  service.call('GET', path, { token: key });
const show = (id: unknown, service = first) => get(`/v1/videos/${id}`, service);
const quotaOf = async ({ id } = pro) => (await first.deps.chat.ledger.usage(id)).quotas.openrouter;
const clientOf = (service: Service, key = pro.key) =>
  new OpenAI({ apiKey: key, baseURL: `${service.url}/v1`, maxRetries: 0 });

/** The next instant at which jobs are asked for has come. */
async function follow(...services: Service[]) {
  await first.database.prisma.$executeRaw`UPDATE video_job SET next_poll_at = sahm_now()`;
  return Promise.all(services.map(({ deps }) => deps.jobs.followVideos()));
}

const reports = () => sandbox.served.filter(({ outcome }) => outcome === 'report').length;

async function untilEnded(id: unknown): Promise<Answer> {
  for (let round = 0; round < 6; round++) {
    const shown = await show(id);
    if (shown.body.completed_at || shown.body.error) return shown;
    await follow(first, second);
  }
  return show(id);
}

describe('a video', () => {
  test('by the official SDK: begun at one replica, asked for by one at a time, made, charged once', async () => {
    const before = await quotaOf();
    const begun = await clientOf(first).videos.create({
      ...ORDER,
      model: ORDER.model as 'sora-2',
      seconds: '10' as '8',
      size: '1920x1080' as '1280x720',
      input_reference: await toFile(PNG, 'first.png', { type: 'image/png' }),
    });
    expect(begun).toMatchObject({
      object: 'video',
      model: MODEL,
      status: 'queued',
      seconds: '10',
      size: '1920x1080',
      error: null,
      quota: { used: before.used, plan: 'pro' },
      usage_breakdown: expect.anything(),
    });
    expect(begun).not.toHaveProperty('quota.charged');
    expect(await quotaOf()).toMatchObject({ used: before.used, held: UNITS });

    const seen: string[] = [];
    for (let round = 1; round <= 3; round++) {
      const asked = reports();
      await follow(first, second, first, second);
      expect(reports() - asked).toBe(1);
      const [one, other] = await Promise.all([show(begun.id), show(begun.id, second)]);
      expect(one?.body).toEqual(other?.body);
      seen.push(String(one?.body.status));
    }
    expect(seen).toEqual(['queued', 'in_progress', 'completed']);
    const made = await clientOf(second).videos.retrieve(begun.id);
    expect(made).toMatchObject({ progress: 100, quota: { charged: UNITS } });
    expect(made.expires_at).toBe((made.completed_at as number) + 24 * 3600);
    expect(await quotaOf()).toMatchObject({ used: before.used + UNITS, held: 0 });
    // It has ended: nobody asks again.
    const asked = reports();
    await follow(first, second);
    expect(reports()).toBe(asked);

    const content = await clientOf(second).videos.downloadContent(begun.id);
    expect(content.headers.get('content-type')).toBe('video/mp4');
    const bytes = Buffer.from(await content.arrayBuffer());
    expect(bytes.toString('latin1', 4, 12)).toBe('ftypisom');
    const part = await fetch(`${first.url}/v1/videos/${begun.id}/content`, {
      headers: { ...bearer(), Range: 'bytes=4-7' },
    });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 4-7/${bytes.length}`);
    expect(await part.text()).toBe('ftyp');

    const stranger = await first.issue('pro');
    for (const path of [`/v1/videos/${begun.id}`, `/v1/videos/${begun.id}/content`]) {
      const refused = await get(path, first, stranger.key);
      expect(refused).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
    expect(await first.deps.findProblems()).toEqual([]);
  });

  test('is taken up by one of twenty at once, and by the next only after its time', async () => {
    const { body } = await begin({});
    const replicas = Array.from({ length: 20 }, (_, index) => (index % 2 ? first : second));
    const claim = async () =>
      (await Promise.all(replicas.map(({ deps }) => deps.videos.videos.claim(4, 60_000)))).flat();
    for (const claims of [1, 2]) {
      await first.database.prisma.$executeRaw`UPDATE video_job SET next_poll_at = sahm_now()`;
      expect(await claim()).toMatchObject([{ id: uuidOf(body.id), claims }]);
      expect(await claim()).toEqual([]);
    }
    // One that somebody is about to take up is left to them.
    await first.database.prisma.$executeRaw`UPDATE video_job SET next_poll_at = sahm_now()`;
    await first.database.prisma.$transaction(async transaction => {
      await transaction.$queryRaw`
        SELECT state FROM video_job WHERE id = ${uuidOf(body.id)}::uuid FOR UPDATE`;
      expect(await claim()).toEqual([]);
    });
    // The slow one changes nothing any more.
    const slow = { id: uuidOf(body.id), claims: 1 };
    expect(await second.deps.videos.videos.keepFile(slow, 'x.mp4', null)).toBe(false);
    expect(await untilEnded(body.id)).toMatchObject({ body: { status: 'completed' } });
  });

  test.each([
    ['job-failed', 'upstream_failed', 'The prompt was not accepted.'],
    ['job-cancelled', 'upstream_failed', 'The prompt was not accepted.'],
    ['job-expired', 'upstream_failed', 'The prompt was not accepted.'],
    ['html', 'upstream_failed', ''],
  ])('that ends as %s is free, and says why', async (fault, code, words) => {
    // A page in the place of the file is no answer to who begins a video.
    const isOfFile = fault === 'html';
    const before = await quotaOf();
    const begun = await begin({ model: isOfFile ? MODEL : `video/${fault}` });
    if (isOfFile) await replaceFiles(begun.body.id);
    const ended = await untilEnded(begun.body.id);
    expect(ended.body).toMatchObject({ status: 'failed', error: { code }, quota: { charged: 0 } });
    expect((ended.body.error as { message: string }).message).toContain(words);
    expect(await quotaOf()).toEqual(before);
    const content = await get(`/v1/videos/${begun.body.id}/content`);
    expect(content).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
  });

  test('is made although one state request or one download failed', async () => {
    const before = await quotaOf();
    const begun = await begin({ model: 'video/report-status-503' });
    expect(await untilEnded(begun.body.id)).toMatchObject({ body: { status: 'completed' } });
    expect((await quotaOf()).used).toBe(before.used + UNITS);
    const unfetched = await begin({ model: 'video/content-status-500' });
    await untilEnded(unfetched.body.id);
    expect(await show(unfetched.body.id)).toMatchObject({ body: { status: 'in_progress' } });
    expect((await quotaOf()).held).toBe(UNITS);
    await overdue(unfetched.body.id);
    expect(await untilEnded(unfetched.body.id)).toMatchObject({ body: { status: 'failed' } });
    expect(await quotaOf()).toMatchObject({ used: before.used + UNITS, held: 0 });
  });

  test('that takes too long is given up and free; until then its hold does not expire', async () => {
    const before = await quotaOf();
    const { body } = await begin({ model: 'video/job-endless' });
    for (let round = 0; round < 4; round++) await follow(first, second);
    expect(await show(body.id)).toMatchObject({ body: { status: 'in_progress', progress: 50 } });
    const [held] = await first.database.prisma.$queryRaw<Array<{ outlives: boolean }>>`
      SELECT hold.lease_ends_at > job.ends_at AS outlives
      FROM hold JOIN video_job job USING (id) WHERE job.ended_at IS NULL`;
    expect(held?.outlives).toBe(true);
    await overdue(body.id);
    const ended = await untilEnded(body.id);
    expect(ended.body).toMatchObject({ status: 'failed', error: { code: 'upstream_timeout' } });
    expect(await quotaOf()).toEqual(before);
  });

  test('that was perhaps not accepted is given up, free, and reported to the operator', async () => {
    const before = await quotaOf();
    const { body } = await begin({});
    await first.database.prisma.$executeRaw`
      UPDATE video_job SET upstream_id = NULL WHERE id = ${uuidOf(body.id)}::uuid`;
    const ended = await untilEnded(body.id);
    expect(ended.body).toMatchObject({ status: 'failed', error: { code: 'upstream_failed' } });
    expect(await quotaOf()).toEqual(before);
    expect(lines.join('')).toContain('nobody knows whether a video is made');
  });

  test('that was charged by a process that died right after is not charged again', async () => {
    const before = await quotaOf();
    const { body } = await begin({});
    const { videos } = first.deps.videos;
    const { end } = videos;
    videos.end = () => Promise.reject(new Error('as if the process had died'));
    for (let round = 0; round < 3; round++) await follow(first);
    videos.end = end;
    expect(await show(body.id)).toMatchObject({ body: { status: 'in_progress' } });
    expect((await quotaOf()).used).toBe(before.used + UNITS);
    expect(await untilEnded(body.id)).toMatchObject({ body: { status: 'completed' } });
    expect(await quotaOf()).toMatchObject({ used: before.used + UNITS, held: 0 });
  });

  test('goes on although its client has left', async () => {
    const leaving = new AbortController();
    const sent = sandbox.served.length;
    const asked = fetch(`${first.url}/v1/videos`, {
      method: 'POST',
      headers: { ...bearer(), 'Content-Type': 'application/json' },
      body: JSON.stringify({ ...ORDER, model: 'video/delay-300' }),
      signal: leaving.signal,
    });
    while (sandbox.served.length === sent) await new Promise(setImmediate);
    leaving.abort();
    await expect(asked).rejects.toThrow();
    const isAccepted = async () =>
      (await first.database.prisma.videoJob.count({
        where: { model: 'video/delay-300', upstreamId: { not: null } },
      })) === 1;
    while (!(await isAccepted())) await new Promise(setImmediate);
    const job = await first.database.prisma.videoJob.findFirst({
      where: { model: 'video/delay-300' },
    });
    const id = `video_${job?.id.replaceAll('-', '')}`;
    expect(await untilEnded(id)).toMatchObject({ body: { status: 'completed' } });
  });

  test('with an Idempotency-Key is begun once, also while it is under way; one that failed can be begun again', async () => {
    const headers = { 'Idempotency-Key': 'one video' };
    const one = await begin({}, headers);
    const again = await begin({}, headers, second);
    expect(again.body).toEqual(one.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    await untilEnded(one.body.id);
    expect((await begin({}, headers)).body).toEqual(one.body);
    expect(await begin({ prompt: 'a dog' }, headers)).toMatchObject({ status: 422 });

    const failing = { 'Idempotency-Key': 'one that fails' };
    const failed = await begin({ model: 'video/job-failed' }, failing);
    await untilEnded(failed.body.id);
    const other = await begin({ model: 'video/job-failed' }, failing);
    expect(other.body.id).not.toBe(failed.body.id);
    await untilEnded(other.body.id);
  });
});

describe('the videos of a license', () => {
  test('are listed by the official SDK page by page, the newest first or last, and nobody else’s', async () => {
    const own = await first.issue('pro');
    await first.issue('pro');
    const begun: string[] = [];
    for (let count = 0; count < 3; count++) {
      const { body } = await begin({}, bearer(own.key));
      begun.push(String(body.id));
    }
    const client = clientOf(second, own.key);
    const page = await client.videos.list({ limit: 2 });
    expect(page).toMatchObject({ data: [{ id: begun[2] }, { id: begun[1] }], last_id: begun[1] });
    expect(page.has_more).toBe(true);
    const all: string[] = [];
    for await (const { id } of client.videos.list({ limit: 2 })) all.push(id);
    expect(all).toEqual(begun.toReversed());
    const oldest = await get(`/v1/videos?order=asc&after=${begun[0]}`, first, own.key);
    expect(oldest.body).toMatchObject({
      data: [{ id: begun[1] }, { id: begun[2], status: 'queued' }],
      has_more: false,
    });
    const wrong = await get('/v1/videos?after=x', first, own.key);
    expect(wrong).toMatchObject({ status: 400, body: { error: { param: 'after' } } });
    for (const id of begun) await untilEnded(id);
  });

  test('are removed once they have ended, with the file, and what they cost stays', async () => {
    const { body } = await begin({});
    const path = `/v1/videos/${body.id}`;
    const remove = (key = pro.key) => second.call('DELETE', path, { token: key });
    expect(await remove()).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error' } },
    });
    await untilEnded(body.id);
    const used = (await quotaOf()).used;
    const stranger = await first.issue('pro');
    expect(await remove(stranger.key)).toMatchObject({ status: 404 });
    const { file } = await first.database.prisma.videoJob.findUniqueOrThrow({
      where: { id: uuidOf(body.id) },
    });
    const fileUrl = `${first.url}/media/${file}`;
    expect((await fetch(fileUrl)).status).toBe(200);
    const removed = await clientOf(second).videos.delete(String(body.id));
    expect(removed).toEqual({ id: body.id, object: 'video.deleted', deleted: true });
    for (const gone of [path, `${path}/content`])
      expect(await get(gone)).toMatchObject({ status: 404 });
    expect((await fetch(fileUrl)).status).toBe(404);
    expect(await remove()).toMatchObject({ status: 404 });
    expect((await quotaOf()).used).toBe(used);
    expect(await first.deps.findProblems()).toEqual([]);
  });

  test('asked for with a named key count in that key’s own rate limit', async () => {
    const { body } = await begin({});
    const made = await first.call('POST', '/api/license/keys', {
      token: pro.key,
      body: { name: 'slow', rate_limit: 1 },
    });
    const { secret: key } = made.body as { secret: string };
    const path = `/v1/videos/${body.id}`;
    const answers = [await get(path, first, key), await get(path, first, key)];
    expect(answers.map(({ status }) => status)).toEqual([200, 429]);
    expect(answers[1]?.headers.get('x-ratelimit-limit')).toBe('1');
    expect((await get(path)).status).toBe(200);
    await untilEnded(body.id);
  });
});

describe('what is refused, with nothing held', () => {
  test.each<[string, object, number, string]>([
    ['a model of another kind', { model: 'gpt-4o-mini' }, 400, MODEL],
    ['a model of a provider without videos', { model: 'direct' }, 404, MODEL],
    ['no prompt', { prompt: undefined }, 400, 'prompt'],
    ['another length', { seconds: 7 }, 400, '5 | 10 | 15'],
    ['another size', { size: '640x480' }, 400, '1280x720 | 720x1280'],
    ['an unknown field', { loop: true }, 400, 'loop'],
    ['a file of OpenAI', { input_reference: { file_id: 'x' } }, 400, 'data URL'],
    ['what its upstream refuses', { model: 'video/status-400' }, 400, '[sandbox]'],
    ['a failure of the upstream', { model: 'video/status-500' }, 502, ''],
    ['an answer without an id', { model: 'video/blank' }, 502, ''],
  ])('%s', async (_name, body, status, named) => {
    const before = await quotaOf();
    const refused = await begin(body);
    expect(refused.status).toBe(status);
    expect((refused.body.error as { message: string }).message).toContain(named);
    expect(Number(refused.headers.get('x-quota-charged') ?? 0)).toBe(0);
    expect(await quotaOf()).toEqual(before);
  });

  test.each([
    ['another boundary', 'multipart/form-data; boundary=other', 400],
    ['two models', 'multipart/form-data; boundary=x', 400],
    ['text', 'text/plain', 415],
  ])('a body with %s', async (_name, type, status) => {
    const part = '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nvideogen-pro\r\n';
    const headers = { ...bearer(), 'Content-Type': type };
    const before = await quotaOf();
    const refused = await first.post('/v1/videos', `${part}${part}--x--\r\n`, headers);
    expect(refused).toMatchObject({ status, body: { error: { type: 'invalid_request_error' } } });
    expect(await quotaOf()).toEqual(before);
  });

  test('a plan that sells money, of a model without a price for a second', async () => {
    const money = await first.issue('money');
    const refused = await begin({}, bearer(money.key));
    expect(refused).toMatchObject({
      status: 400,
      body: { error: { code: 'content_not_supported' } },
    });
    expect(await walletOf(money)).toMatchObject({ used: 0, held: 0 });
  });
});

const walletOf = async ({ id }: { id: string }) =>
  (await first.deps.chat.ledger.usage(id)).wallet?.quota;

describe('a plan that sells money', () => {
  /** 10 seconds for 3 cents each, and ten percent. */
  const HELD = 330_000;

  test.each([
    ['what its upstream says that it cost', 'priced/video', 275_000],
    [
      'the price of its seconds, where nobody tells what it cost',
      'priced/video-job-uncounted',
      HELD,
    ],
    ['nothing for one that was not made', 'priced/video-job-failed', 0],
  ])('holds for a video’s seconds, and pays %s', async (_what, model, cost) => {
    const money = await first.issue('money');
    const begun = await begin({ model }, bearer(money.key));
    expect(begun).toMatchObject({ status: 200, body: { quota: { unit: 'microusd', used: 0 } } });
    expect(await walletOf(money)).toMatchObject({ used: 0, held: HELD });
    for (let round = 0; round < 4; round++) await follow(first, second);
    const ended = await get(`/v1/videos/${begun.body.id}`, second, money.key);
    expect(ended.body).toMatchObject({
      status: cost > 0 ? 'completed' : 'failed',
      quota: { charged: cost, used: cost, remaining: 1_000_000 - cost },
      cost_microusd: cost,
    });
    expect(await walletOf(money)).toMatchObject({ used: cost, held: 0 });
  });

  test('begins no video that the wallet cannot pay', async () => {
    const money = await first.issue('money');
    const answers = [];
    for (let video = 0; video < 4; video++) {
      answers.push(await begin({ model: 'priced/video' }, bearer(money.key)));
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(await walletOf(money)).toMatchObject({ used: 0, held: 3 * HELD });
  });
});

describe('the envelope', () => {
  const SEED = {
    model: 'videogen-pro',
    prompt: 'a cat playing with a ball of yarn',
    duration: 10,
    resolution: '1920x1080',
  };
  const ask = (body: object, key = pro.key) =>
    first.post('/envelope/v1/video/generations', body, { ...bearer(key) });

  test('begins seed 004’s video with 202, and has an address once it is made', async () => {
    // Large enough to be kept apart from the rest of the body on its way.
    const picture = Buffer.concat([PNG, Buffer.alloc(300_000)]).toString('base64');
    const begun = await ask({ ...SEED, image_url: `data:image/png;base64,${picture}` });
    expect(sandbox.served.at(-1)?.bodyBytes).toBeGreaterThan(picture.length);
    const { id } = begun.body.data as { id: string };
    expect(begun).toMatchObject({
      status: 202,
      body: { success: true, data: { id, status: 'queued' }, message: '操作成功' },
    });
    await untilEnded(id);
    const path = `/envelope/v1/video/generations/${id}`;
    const made = await get(path, second);
    expect(made).toMatchObject({ status: 200, body: { success: true, message: '操作成功' } });
    const { video, status } = made.body.data as { video: { url: string }; status: string };
    expect(status).toBe('completed');
    expect(video).toEqual({
      url: expect.stringMatching(/\/media\/[0-9a-f]{64}\.mp4$/),
      duration: 10,
      resolution: '1920x1080',
    });
    const file = await fetch(video.url);
    expect(file.headers.get('content-type')).toBe('video/mp4');
    const stranger = await first.issue('pro');
    const refused = await get(path, first, stranger.key);
    expect(refused).toMatchObject({
      status: 404,
      body: { success: false, error: { code: 'not_found', type: 'invalid_request_error' } },
    });
  });

  test('says in Chinese why one failed, and which values are allowed', async () => {
    const { body } = await ask({ ...SEED, model: 'video/job-failed' });
    const { id } = body.data as { id: string };
    await untilEnded(id);
    const shown = await get(`/envelope/v1/video/generations/${id}`);
    expect(shown.body.data).toMatchObject({
      status: 'failed',
      error: { code: 'upstream_failed', message: expect.stringMatching(/\p{Script=Han}/u) },
    });
    for (const [wrong, allowed] of [
      [{ duration: 60 }, '5 | 10 | 15'],
      [{ resolution: '4K' }, '1280x720'],
    ] as const) {
      const refused = await ask({ ...SEED, ...wrong });
      expect(refused).toMatchObject({ status: 400, body: { success: false } });
      expect((refused.body.error as { message: string }).message).toContain(allowed);
    }
    expect(await quotaOf()).toMatchObject({ held: 0 });
  });
});

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

function uuidOf(id: unknown): string {
  return String(id).replace(/^video_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

async function overdue(id: unknown): Promise<void> {
  await first.database.prisma.$executeRaw`
    UPDATE video_job SET ends_at = sahm_now() WHERE id = ${uuidOf(id)}::uuid`;
}

/** The upstream gives a page in the place of the file. */
async function replaceFiles(id: unknown): Promise<void> {
  const job = Buffer.from(JSON.stringify({ fault: { name: 'html', amount: 0 }, seconds: 5 }));
  await first.database.prisma.videoJob.update({
    where: { id: uuidOf(id) },
    data: { upstreamId: `job-${job.toString('base64url')}` },
  });
}
