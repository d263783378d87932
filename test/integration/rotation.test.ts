// The steps of docs/operations.md for an encryption key that leaked, as they stand there.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Service, startService } from '../harness/service.js';

const SECRETS = {
  JWT_SECRET: randomBytes(32).toString('base64'),
  KEY_PEPPER: randomBytes(32).toString('base64'),
  KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
};

let before: Service;
beforeAll(async () => {
  before = await startService({ env: SECRETS });
});
afterAll(() => before.close());

/** The statements between "KEY_ENCRYPTION_KEY leaked" and the next secret. */
async function documentedStatements(): Promise<string[]> {
  const text = await readFile('docs/operations.md', 'utf8');
  const [, steps = ''] = /\*\*`KEY_ENCRYPTION_KEY` leaked\*\*([\s\S]*?)\n\*\*/.exec(text) ?? [];
  const [, sql = ''] = /```sql\n([\s\S]*?)```/.exec(steps) ?? [];
  return sql.split(';').filter(statement => statement.trim() !== '');
}

test('after the documented steps with another encryption key, license keys work, verify is clean, and new keys can be shown', async () => {
  const { id, key } = await before.issue('pro');
  const chat = { model: 'qwen/qwen-2.5-7b-instruct', prompt: 'x', api_key: key };
  const once = { 'Idempotency-Key': 'before' };
  expect((await before.post('/api/chat_v3', chat, once)).status).toBe(200);
  const asked = { model: 'qwen/qwen-2.5-7b-instruct', input: 'x' };
  const bearer = { Authorization: `Bearer ${key}` };
  const kept = await before.post('/v1/responses', asked, bearer);
  expect(kept.status).toBe(200);

  const statements = await documentedStatements();
  expect(statements.length).toBeGreaterThan(3);
  const { prisma } = before.database;
  for (const statement of statements) await prisma.$executeRawUnsafe(statement);

  const env = { ...SECRETS, KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64') };
  const after = await startService({ env, database: before.database });
  try {
    expect((await after.post('/api/chat_v3', chat)).status).toBe(200);
    expect((await after.post('/api/chat_v3', chat, once)).status).toBe(409);
    const earlier = { ...asked, previous_response_id: kept.body.id };
    expect((await after.post('/v1/responses', earlier, bearer)).status).toBe(400);
    const token = await after.signInAs('owner');
    const path = `/admin/api/licenses/${id}`;
    const body = { grace_seconds: 0 };
    const rotated = await after.call('POST', `${path}/rotate`, { token, body });
    expect(rotated.status).toBe(200);
    expect((await after.post('/api/chat_v3', chat)).status).toBe(401);
    const shown = await after.call('POST', `${path}/reveal`, { token, body: {} });
    expect([shown.status, shown.body.key]).toEqual([200, rotated.body.key]);
  } finally {
    await after.close();
  }
});
