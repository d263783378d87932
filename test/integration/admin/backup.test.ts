import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { restoreBackup } from '../../../src/store/backup/restore.js';
import { findLedgerProblems } from '../../../src/store/ledger/verify.js';
import { changedSecrets } from '../../../src/store/secrets/secretFingerprints.js';
import { type Service, startService } from '../../harness/service.js';
import { openTestDatabase, shiftClock } from '../../harness/testDatabase.js';

/** Each is restored into a database of its own. BACKUPS=20 makes a long run. */
const BACKUPS = Number(process.env.BACKUPS ?? 5);
const MODELS = ['qwen/qwen-2.5-7b-instruct', 'deepseek/deepseek-chat', 'gpt-5.2'];
let service: Service;
let owner: string;
beforeAll(async () => {
  service = await startService();
  owner = await service.signInAs('owner');
});
afterAll(() => service.close());

async function takeBackup(): Promise<Buffer> {
  const response = await fetch(`${service.url}/admin/api/backup`, {
    headers: { Authorization: `Bearer ${owner}` },
  });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

describe('a backup', () => {
  test(`${BACKUPS} of them, taken at random moments under load, restore to a clean ledger`, async () => {
    const licenses = await Promise.all(
      ['vip', 'vip', 'pro', 'basic'].map(plan => service.issue(plan)),
    );
    const { id, key } = licenses[0] as { id: string; key: string };
    await service.call('PATCH', `/admin/api/licenses/${id}`, {
      token: owner,
      body: {
        note: 'a "note"\n with \\ سلام \u2028 and 😀',
        limits: { openrouter: 2, until: '2047-01-01' },
      },
    });
    const body = { product: '404' };
    await service.call('POST', `/admin/api/licenses/${id}/grants`, { token: owner, body });
    let isLoaded = true;
    const load = licenses.map(async ({ key: own }, index) => {
      for (let turn = index; isLoaded; turn++) {
        const model = MODELS[turn % MODELS.length];
        await service.post('/api/chat_v3', { api_key: own, model, prompt: 'x' });
      }
    });
    const backups: Buffer[] = [];
    for (let count = 0; count < BACKUPS; count++) {
      await new Promise(resolve => setTimeout(resolve, Math.random() * 60));
      backups.push(await takeBackup());
    }
    isLoaded = false;
    await Promise.all(load);
    let holdsBefore = 0;
    for (const backup of backups) {
      const restored = await openTestDatabase();
      try {
        expect(await restoreBackup(restored.prisma, Readable.from([backup]))).toBeGreaterThan(10);
        expect(await findLedgerProblems(restored.prisma)).toEqual([]);
        const holds = await restored.prisma.hold.count();
        expect(holds).toBeGreaterThanOrEqual(holdsBefore);
        holdsBefore = holds;
      } finally {
        await restored.close();
      }
    }
    expect(holdsBefore).toBeGreaterThan(0);
    expect(gunzipSync(backups[0] as Buffer).toString()).not.toContain(key);
  }, 180_000);

  test('restores every row of every table unchanged, and sequences go on after it', async () => {
    // Reading refusals writes down those that are still only in memory: their counts, and their rows.
    const { id } = await service.issue('basic');
    await service.call('GET', '/admin/api/usage/refusals', { token: owner });
    await service.call('GET', `/admin/api/licenses/${id}/refusals`, { token: owner });
    const backup = await takeBackup();
    const lines = gunzipSync(backup).toString().trim().split('\n').slice(1);
    const restored = await openTestDatabase();
    try {
      await restoreBackup(restored.prisma, Readable.from([backup]));
      for (const line of lines.filter(each => each.startsWith('{"table"'))) {
        const { table } = JSON.parse(line) as { table: string };
        const sums = await Promise.all(
          [service.database.prisma, restored.prisma].map(prisma =>
            prisma.$queryRawUnsafe(
              `SELECT md5(coalesce(string_agg(row_to_json(each)::text, ',' ORDER BY row_to_json(each)::text), ''))
               FROM "${table}" each`,
            ),
          ),
        );
        expect([table, sums[1]]).toEqual([table, sums[0]]);
      }
      const { id: last } = await restored.prisma.auditEntry.findFirstOrThrow({
        orderBy: { id: 'desc' },
      });
      const next = await restored.prisma.auditEntry.create({
        data: { actor: 'x', address: '', action: 'x', subject: 'x' },
      });
      expect(next.id).toBe(last + 1n);
    } finally {
      await restored.close();
    }
  });

  test('of a key that got its limit in a later month restores to a clean ledger also where the clock is behind', async () => {
    const { prisma } = service.database;
    const { id } = await service.issue('basic');
    const path = `/admin/api/licenses/${id}/keys`;
    const body = { name: 'bot' };
    const made = await service.call('POST', path, { token: owner, body });
    const asked = { api_key: made.body.secret, model: MODELS[0], prompt: 'x' };
    expect((await service.post('/api/chat_v3', asked)).status).toBe(200);
    await shiftClock(prisma, '40 days');
    const { id: namedKeyId } = made.body.key as { id: string };
    await prisma.namedKeyLimit.create({ data: { namedKeyId, provider: 'openrouter', units: 5 } });
    await shiftClock(prisma, '0');
    const backup = await takeBackup();
    const restored = await openTestDatabase();
    try {
      await restoreBackup(restored.prisma, Readable.from([backup]));
      expect(await findLedgerProblems(restored.prisma)).toEqual([]);
    } finally {
      await restored.close();
    }
    await prisma.namedKeyLimit.deleteMany({ where: { namedKeyId } });
  });

  test('of an earlier release, with own limits in columns of the license, brings them back', async () => {
    const { id } = await service.issue('vip');
    const body = { limits: { openrouter: 4, openai: 0 } };
    await service.call('PATCH', `/admin/api/licenses/${id}`, { token: owner, body });
    const [header = '', ...lines] = gunzipSync(await takeBackup())
      .toString()
      .trim()
      .split('\n');
    const from = lines.findIndex(line => line.startsWith('{"table":"license_limit"'));
    const next = lines.findIndex((line, at) => at > from && line.startsWith('{"table"'));
    const { rows } = JSON.parse(lines.at(-1) as string) as { rows: number };
    const older = [
      header.replace(/,"\d+_license_limits"/, ''),
      ...lines.slice(0, from),
      ...lines.slice(next, -1),
      JSON.stringify({ end: true, rows: rows - (next - from - 1) }),
    ];
    expect(older[0]).not.toBe(header);
    const restored = await openTestDatabase();
    try {
      await restoreBackup(restored.prisma, Readable.from([gzipSync(older.join('\n'))]));
      const [was, is] = await Promise.all(
        [service.database.prisma, restored.prisma].map(prisma =>
          prisma.licenseLimit.findMany({ orderBy: [{ licenseId: 'asc' }, { provider: 'asc' }] }),
        ),
      );
      // An earlier release had no limits with an end.
      expect(is).toEqual(was?.map(limit => ({ ...limit, until: null })));
      expect(is?.filter(({ licenseId }) => licenseId === id).length).toBe(2);
    } finally {
      await restored.close();
    }
  });

  test('that cannot be restored changes nothing: target not empty, file cut off, foreign, newer', async () => {
    const backup = await takeBackup();
    const text = gunzipSync(backup).toString();
    const target = await openTestDatabase();
    const restore = (bytes: Buffer) => restoreBackup(target.prisma, Readable.from([bytes]));
    try {
      const cut = text.slice(0, text.lastIndexOf('{"end"'));
      await expect(restore(gzipSync(cut))).rejects.toThrow(/cut off/);
      await expect(restore(backup.subarray(0, backup.length - 50))).rejects.toThrow(/cut off/);
      await expect(restore(Buffer.alloc(0))).rejects.toThrow(/empty|cut off/);
      await expect(restore(Buffer.from('SELECT 1;'))).rejects.toThrow(/no backup/);
      await expect(restore(gzipSync('{"x":1}\n'))).rejects.toThrow(/no backup/);
      const newer = text.replace('"migrations":[', '"migrations":["29991231000000_later",');
      await expect(restore(gzipSync(newer))).rejects.toThrow(/newer/);
      expect(await target.prisma.license.count()).toBe(0);
      await restore(backup);
      await expect(restore(backup)).rejects.toThrow(/not empty/);
    } finally {
      await target.close();
    }
  });

  test('is refused with other secrets than those of the backup, and nothing changes', async () => {
    const { key } = await service.issue('pro');
    const backup = await takeBackup();
    const { keyPepper, keyEncryptionKey } = JSON.parse(
      await readFile(join(service.directory, 'secrets.json'), 'utf8'),
    );
    const own = { KEY_PEPPER: keyPepper, KEY_ENCRYPTION_KEY: keyEncryptionKey };
    for (const [env, fault] of [
      [{ ...own, KEY_PEPPER: `${keyPepper}x` }, /KEY_PEPPER: not what/],
      [{ KEY_PEPPER: keyPepper }, /KEY_ENCRYPTION_KEY: not what/],
      [own, null],
    ] as const) {
      const target = await startService({ env });
      try {
        const restoring = target.deps.restore(Readable.from([backup]));
        if (fault) await expect(restoring).rejects.toThrow(fault);
        else await restoring;
        expect((await target.database.prisma.license.count()) > 0).toBe(fault === null);
        const answer = await target.post('/api/license/status', { api_key: key });
        expect(answer.status).toBe(fault ? 401 : 200);
      } finally {
        await target.close();
      }
    }
  });

  test('that is older than fingerprints: a license key shows whether the secrets are right', async () => {
    const { prisma } = service.database;
    const text = await readFile(join(service.directory, 'secrets.json'), 'utf8');
    const secrets = JSON.parse(text) as { keyPepper: string; keyEncryptionKey: string };
    await service.issue('pro');
    await prisma.secretFingerprint.deleteMany();
    const other = { ...secrets, keyPepper: `${secrets.keyPepper}x` };
    expect(await changedSecrets(prisma, other)).toEqual(['KEY_PEPPER']);
    expect(await changedSecrets(prisma, secrets)).toEqual([]);
    expect(await changedSecrets(prisma, other)).toEqual(['KEY_PEPPER']);
    // This is how an operator says that the old secret is lost.
    await prisma.secretFingerprint.updateMany({ data: { fingerprint: '' } });
    expect(await changedSecrets(prisma, other)).toEqual([]);
    expect(await changedSecrets(prisma, secrets)).toEqual(['KEY_PEPPER']);
    await prisma.secretFingerprint.deleteMany();
  });
});
