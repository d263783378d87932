// Named keys for the ledger's tests.

import { v7 as newId } from 'uuid';
import type { Provider, QuotaKey } from '../../src/domain/provider.js';
import type { PrismaClient } from '../../src/store/generated/client.js';
import type { HoldWant } from '../../src/store/ledger/index.js';
import { type TestLicense, type WantOptions, wantOf } from './ledgerFixture.js';

export interface TestKey {
  license: TestLicense;
  /** Of the named key, and of its current secret. */
  id: string;
  secretId: string;
  /** What a cache believes: whether a key of the license has a limit. */
  areKeysLimited: boolean;
}

export async function createNamedKey(
  prisma: PrismaClient,
  license: TestLicense,
  limits: Partial<Record<QuotaKey, number>> = {},
): Promise<TestKey> {
  const id = newId();
  await prisma.namedKey.create({
    data: {
      id,
      licenseId: license.id,
      name: id,
      limits: {
        create: Object.entries(limits).map(([provider, units]) => ({ provider, units })),
      },
    },
  });
  const areKeysLimited = Object.keys(limits).length > 0;
  return { license, id, secretId: await addSecret(prisma, id), areKeysLimited };
}

export async function addSecret(prisma: PrismaClient, namedKeyId: string): Promise<string> {
  const id = newId();
  const sealed = Buffer.from(id);
  await prisma.licenseKey.create({
    data: { id, namedKeyId, digest: sealed, sealed, prefix: 'sahm_live_', last4: id.slice(-4) },
  });
  return id;
}

/** A request with this key, with a new id. */
export function wantOfKey(key: TestKey, options: WantOptions = {}): HoldWant {
  const { id, license, secretId, areKeysLimited } = key;
  return {
    namedKey: { id, areKeysLimited },
    ...wantOf({ ...license, keyId: secretId }, options),
  };
}

/** This month's counters of a key. */
export async function monthOf(
  prisma: PrismaClient,
  key: TestKey,
  provider: Provider = 'openrouter',
): Promise<{ used: number; held: number }> {
  const [month] = await prisma.namedKeyMonth.findMany({
    where: { namedKeyId: key.id, provider },
    orderBy: { period: 'desc' },
  });
  return { used: Number(month?.used ?? 0), held: Number(month?.held ?? 0) };
}
