// Both clients against the service, and the samples in their documents as printed.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SahmAdministration } from '../../sdk/js/src/index.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { type ScriptedServer, startScriptedServer } from '../fakes/scriptedServer.js';
import { findProgram } from '../harness/program.js';
import { PASSWORD, type Service, startService } from '../harness/service.js';
import { testWhere } from '../harness/testWhere.js';
import { type Asker, type Call, describeClients } from '../sdk/askers.js';
import { type Packed, packSdk, run } from '../sdk/packed.js';

const LIGHT = 'qwen/qwen-2.5-7b-instruct';

let service: Service;
/** A server before the service. It gives some answers itself, as the test wants. */
let front: ScriptedServer;
let packed: Packed;
beforeAll(async () => {
  const models = await readFile('catalog/models.json', 'utf8');
  const named = { 'openai/gpt-4o-mini': { aliases: ['gpt-4o-mini', 'gpt-4-turbo'] } };
  service = await startService({
    faults: ['stream-error-2', 'status-400'],
    changes: models.includes('"gpt-4-turbo"') ? {} : named,
  });
  front = await startScriptedServer(service.url);
  packed = await packSdk();
});
afterAll(async () => {
  await packed?.remove();
  await front?.close();
  await service.close();
});

/** Videos are looked after as by the schedule, but without its pauses; gives what ends it. */
function followVideos(): () => Promise<void> {
  let isOver = false;
  const following = (async () => {
    while (!isOver) {
      await service.database.prisma.$executeRaw`UPDATE video_job SET next_poll_at = sahm_now()`;
      await service.deps.jobs.followVideos();
      await sleep(50);
    }
  })();
  return async () => {
    isOver = true;
    await following;
  };
}

async function exhausted(plan: string): Promise<string> {
  const { id, key } = await service.issue(plan);
  await service.deps.admin.licenses.change(id, { limits: { openrouter: 0 } }, SYSTEM);
  return key;
}

const usedBy = async (id: string) =>
  (await service.deps.chat.ledger.usage(id)).quotas.openrouter.used;

describeClients(open => {
  let asker: Asker;
  let license: { id: string; key: string };
  beforeAll(async () => {
    asker = open();
    license = await service.issue('pro');
  });
  afterAll(() => asker.close());

  const ask = (call: string, request?: object, more: Partial<Call> = {}) =>
    asker.ask({ baseUrl: service.url, apiKey: license.key, call, request, ...more });
  const messages = [{ role: 'user', content: 'سلام' }];

  test('chats, whole and as a stream, and knows what is left', async () => {
    const whole = await ask('chat.completions.create', { model: LIGHT, messages });
    expect(whole).toMatchObject({
      data: { model: LIGHT, choices: [{ message: { content: '[sandbox] You said: سلام' } }] },
      charged: 1,
      quota: { limit: 750, remaining: 749 },
      isReplay: false,
    });
    expect(whole.quota?.resetsAt).toBe(Date.parse(whole.data.quota.resets_at));
    const streamed = await ask('chat.completions.create', { model: LIGHT, messages, stream: true });
    const text = streamed.events.map(({ choices }) => choices[0]?.delta?.content ?? '').join('');
    expect(text).toBe('[sandbox] You said: سلام');
    expect(streamed.events.at(-1)).toMatchObject({ quota: { used: 2, charged: 1 } });
    expect(streamed.requestId).toMatch(/^[0-9a-f-]{36}$/);
    const estimated = await ask('chat.completions.estimate', { model: LIGHT, messages });
    expect(estimated.data).toMatchObject({ fits: true, units: 1 });
  });

  test('chats in the MyAIHub dialect, whole and as a stream', async () => {
    const request = { model: LIGHT, prompt: 'سلام' };
    const { data } = await ask('chatV3', request);
    expect(data).toMatchObject({ error: false, reply: '[sandbox] You said: سلام', plan: 'pro' });
    const { events, error } = await ask('chatV3', { ...request, stream: true });
    expect(error).toBeUndefined();
    const whole = events.pop();
    expect(events.map(({ delta }) => delta).join('')).toBe(whole.reply);
    expect(whole.usage.used).toBe(data.usage.used + 1);
  });

  test('raises a class of its own for an exhausted quota, after one request, with the rest and the reset', async () => {
    front.answer();
    const request = { model: LIGHT, messages };
    const more = { baseUrl: front.url, apiKey: await exhausted('pro') };
    const refused = await ask('chat.completions.create', request, more);
    expect(refused).toMatchObject({
      error: 'QuotaExhaustedError',
      status: 429,
      code: 'quota_exhausted',
      charged: 0,
      quota: { limit: 0, remaining: 0 },
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(refused.quota?.resetsAt).toBeGreaterThan(Date.now());
    expect(front.asked).toHaveLength(1);
    const inFarsi = { ...more, client: { language: 'fa' } };
    expect((await ask('chatV3', { model: LIGHT, prompt: 'x' }, inFarsi)).message).toMatch(/سقف/);
  });

  test('retries after 503 with one key, and is charged once; the same key again costs nothing', async () => {
    const { id, key: apiKey } = await service.issue('pro');
    const away = { status: 503, headers: { 'Retry-After': '0' }, body: {} };
    front.answer(away, away);
    const more = { baseUrl: front.url, apiKey };
    const request = { model: LIGHT, messages };
    const answer = await ask('chat.completions.create', request, more);
    expect(answer).toMatchObject({ charged: 1, isReplay: false });
    const keys = front.asked.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    const again = { ...more, options: { idempotencyKey: keys[0] } };
    expect(await ask('chat.completions.create', request, again)).toMatchObject({
      isReplay: true,
      data: answer.data,
    });
    expect(await usedBy(id)).toBe(1);
  });

  test('raises refusals and failed streams', async () => {
    expect(await ask('models.get', undefined, { path: ['no/model'] })).toMatchObject({
      error: 'NotFoundError',
      code: 'model_not_found',
    });
    const wrong = { apiKey: 'sahm_live_wrong' };
    expect(await ask('license.get', undefined, wrong)).toMatchObject({
      error: 'AuthenticationError',
      code: 'invalid_license_key',
    });
    const model = 'fault/stream-error-2';
    const cut = await ask('chat.completions.create', { model, messages, stream: true });
    const { usage_breakdown } = (await ask('license.get')).data;
    const { limit, remaining } = usage_breakdown.openrouter;
    const quota = { limit, remaining, resetsAt: expect.any(Number) };
    expect(cut).toMatchObject({ error: 'UpstreamError', status: 200, charged: 0, quota });
    expect(cut.events.length).toBeGreaterThan(0);
    const bad = await ask('chat.completions.create', { model: 'fault/status-400', messages });
    expect(bad).toMatchObject({ error: 'InvalidRequestError', charged: 0 });
  });

  test('reads the license, its usage, requests and keys, and changes its keys', async () => {
    expect((await ask('license.get')).data).toMatchObject({
      plan: 'pro',
      status: 'active',
      grants: [],
    });
    const { rows } = (await ask('license.usage', { group: 'model' })).data;
    expect(rows).toMatchObject([{ key: LIGHT }]);
    const { requests } = (await ask('license.requests', { limit: 1 })).data;
    expect(requests).toHaveLength(1);
    for (const read of ['refusals', 'purchases', 'balance']) {
      expect((await ask(`license.${read}`, {})).error).toBeUndefined();
    }
    const made = (await ask('license.keys.create', { name: 'bot' })).data;
    expect(made.secret).toMatch(/^sahm_live_/);
    const path = [made.key.id];
    const changed = await ask('license.keys.update', { rate_limit: 9 }, { path });
    expect(changed.data.key.rate_limit).toBe(9);
    const rotated = await ask('license.keys.rotate', { grace_seconds: 0 }, { path });
    expect(rotated.data.secret).not.toBe(made.secret);
    const asBot = { apiKey: rotated.data.secret };
    const chat = await ask('chatV3', { model: LIGHT, prompt: 'x' }, asBot);
    expect(chat.rateLimit).toMatchObject({ limit: 9, remaining: 8 });
    expect((await ask('license.keys.list', {})).data.keys).toHaveLength(1);
    await ask('license.keys.withdraw', undefined, { path });
    expect(await ask('chatV3', { model: LIGHT, prompt: 'x' }, asBot)).toMatchObject({
      error: 'AuthenticationError',
    });
    const { key } = (await ask('license.rotate', { grace_seconds: 60 })).data;
    expect((await ask('license.rotate', { grace_seconds: 60 })).data.key).toBe(key);
  });
});

describe('the samples', () => {
  const testPython = testWhere(findProgram('python3') !== undefined, 'python3');
  let env: Record<string, string>;
  let endFollowing: () => Promise<void>;
  beforeAll(async () => {
    const SAHM_TOKEN = await service.signInAs('operator');
    const PYTHONPATH = join(process.cwd(), 'sdk/python');
    env = { SAHM_URL: front.url, SAHM_TOKEN, PYTHONPATH, PYTHONUTF8: '1' };
    front.answer();
    endFollowing = followVideos();
  });
  afterAll(() => endFollowing());
  beforeEach(async () => {
    env.SAHM_KEY = (await service.issue('vip')).key;
  });

  async function runSample(program: string, name: string, text: string, more = {}) {
    const file = join(packed.folder, name);
    await writeFile(file, text);
    const { stdout } = await run(program, [file], { ...env, ...more });
    return stdout;
  }

  /** What each block of the documents prints, in their order. */
  const PRINTED = [
    /^\[sandbox\] You said: سلام\nIt cost 1; \d+ are left until /,
    /^\[sandbox\] You said: سلام\nleft: \d+\n$/,
    /^Nothing is left until 20/,
    /^(false|False) \[sandbox\] You said: سلام\n$/,
    /^vip \d+ \d+\n[\s\S]*deepseek\/deepseek-chat \d+\n[\s\S]* posted\n/,
    /^\S[\s\S]*\nhttps?:\S+\nhttps?:\S+\ncompleted http\S+\n$/,
  ];

  const blocksOf = async (file: string, language: string) => {
    const text = await readFile(file, 'utf8');
    const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
    return [...blocks].map(([, block = '']) => block);
  };

  const runAll = async (program: string, extension: string, samples: string[]) => {
    for (const [index, sample] of samples.entries()) {
      const more = sample.includes('QuotaExhausted') ? { SAHM_KEY: await exhausted('vip') } : {};
      const printed = await runSample(program, `${index}.${extension}`, sample, more);
      expect(printed).toMatch(PRINTED[index] as RegExp);
    }
    expect(samples).toHaveLength(PRINTED.length);
  };

  test('of the client in JavaScript run as printed', async () => {
    const samples = await blocksOf('sdk/js/README.md', 'js');
    const [required] = samples.filter(sample => sample.includes('require('));
    expect(await runSample('node', 'required.cjs', required as string)).toContain('You said: سلام');
    const [administration] = samples.filter(sample => sample.includes('admin.'));
    const printed = await runSample('node', 'administration.mjs', administration as string);
    expect(printed).toMatch(/^sahm_live_\w+\n1 vip\n$/);
    const others = samples.filter(sample => sample !== required && sample !== administration);
    await runAll('node', 'mjs', others);
  });

  testPython('of the client in Python run as printed', async () => {
    await runAll('python3', 'py', await blocksOf('sdk/python/README.md', 'python'));
  });

  // Seed 004: but for package, host and key, which stand in the environment or are put in here.
  test('of seed 004 in JavaScript run as printed', async () => {
    const printed = `
const AIModels = require('aimodels-sdk');
const client = new AIModels({
apiKey: 'YOUR_API_KEY'
});
// 文本生成
async function generateText() {
const response = await client.chat.completions.create({
model: 'gpt-4-turbo',
messages: [
{ role: 'user', content: '你好' }
]
});
console.log(response.data.choices[0].message.content);
}
generateText();
`;
    const sample = printed
      .replace('aimodels-sdk', 'sahm-sdk')
      .replace('YOUR_API_KEY', env.SAHM_KEY as string);
    expect(await runSample('node', 'seed.cjs', sample)).toBe('[sandbox] You said: 你好\n');
  });

  testPython('of seed 004 in Python run as printed', async () => {
    const printed = `
from aimodels import AIModels
# 初始化客戶端
client = AIModels(api_key="YOUR_API_KEY")
# 文本生成
response = client.chat.completions.create(
model="gpt-4-turbo",
messages=[
{"role": "user", "content": "你好"}
]
)
print(response.data.choices[0].message.content)
# 圖像生成
image = client.images.create(
model="seeddream-4.0",
prompt="a beautiful landscape"
)
print(image.data.images[0].url)
`;
    const sample = printed
      .replace('from aimodels', 'from sahm')
      .replace('YOUR_API_KEY', env.SAHM_KEY as string);
    const output = await runSample('python3', 'seed.py', sample);
    expect(output).toMatch(/^\[sandbox\] You said: 你好\nhttps?:\S+\n$/);
  });
});

test('administration signs in, and a refusal for a lesser role is raised', async () => {
  await service.createAdministrator('viewer@example.com', 'viewer');
  const credentials = { email: 'viewer@example.com', password: PASSWORD };
  const admin = await SahmAdministration.signIn(credentials, { baseUrl: service.url });
  expect(
    (await admin.get('/admin/api/licenses', { query: { limit: 1 } })).data.licenses,
  ).toHaveLength(1);
  const body = { plan: 'pro', email: 'a@example.com' };
  await expect(admin.post('/admin/api/licenses', { body })).rejects.toMatchObject({
    name: 'PermissionError',
    code: 'forbidden',
  });
});
