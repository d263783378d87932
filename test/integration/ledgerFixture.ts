// Licenses, grants and a standing clock for the ledger's tests.

import { v7 as newId } from 'uuid';
import type { Catalog, Plan } from '../../src/domain/catalog.js';
import type { Provider } from '../../src/domain/provider.js';
import type { PrismaClient } from '../../src/store/generated/client.js';
import type { HoldWant } from '../../src/store/ledger/index.js';

/** Plans so small that every boundary is near. */
export const catalog: Catalog = {
  plans: new Map<string, Plan>(
    [
      { code: 'basic', rank: 1, allowances: { openrouter: 3, openai: 0 } },
      { code: 'pro', rank: 2, allowances: { openrouter: 5, openai: 0 } },
      { code: 'vip', rank: 3, allowances: { openrouter: 5, openai: 2 } },
    ].map(plan => [plan.code, { ...plan, name: { fa: '', en: '', 'zh-TW': '' } }]),
  ),
  products: new Map(),
  models: new Map(),
  modelsByName: new Map(),
};

/** Short, and no test waits for it: clocks are set. */
export const LEASE_MS = 180_000;
export const settings = { timeZone: 'UTC', leaseMs: LEASE_MS };

export interface TestLicense {
  id: string;
  keyId: string;
  version: number;
}

export interface LicenseOptions {
  plan?: string;
  openrouterLimit?: number;
  expiresAt?: Date;
  keyValidUntil?: Date;
}

/** A new account's active license with one key. */
export async function createLicense(
  prisma: PrismaClient,
  { plan = 'vip', openrouterLimit, expiresAt, keyValidUntil }: LicenseOptions = {},
): Promise<TestLicense> {
  const [accountId, id, keyId] = [newId(), newId(), newId()];
  await prisma.account.create({
    data: {
      id: accountId,
      email: `${accountId}@example.com`,
      licenses: {
        create: {
          id,
          plan,
          state: 'active',
          ...(openrouterLimit !== undefined && {
            limits: { create: { provider: 'openrouter', units: openrouterLimit } },
          }),
          expiresAt: expiresAt ?? null,
          keys: {
            create: {
              id: keyId,
              digest: Buffer.from(keyId),
              sealed: Buffer.from(keyId),
              prefix: 'sahm_live_',
              last4: keyId.slice(-4),
              validUntil: keyValidUntil ?? null,
            },
          },
        },
      },
    },
  });
  return { id, keyId, version: 1 };
}

export interface GrantOptions {
  provider?: Provider;
  units?: number;
  lasts?: 'until-used' | 'month' | 'subscription';
  /** Of a grant that lasts one month. */
  period?: string;
  state?: string;
  createdAt: string;
}

/** A grant's row alone: what it changes in a period that is open already is the caller's to write. */
export async function addGrant(
  prisma: PrismaClient,
  license: TestLicense,
  options: GrantOptions,
): Promise<string> {
  const { units = 2, lasts = 'until-used' } = options;
  const grant = await prisma.grant.create({
    data: {
      id: newId(),
      licenseId: license.id,
      provider: options.provider ?? 'openrouter',
      units,
      entitled: units,
      lasts,
      period: options.period ?? null,
      minimumPlan: 'basic',
      state: options.state ?? 'active',
      source: 'administrator',
      createdAt: new Date(options.createdAt),
    },
  });
  return grant.id;
}

export interface WantOptions {
  provider?: Provider;
  units?: number;
}

/** A request of this license, with an id of its own. */
export function wantOf(
  license: TestLicense,
  { provider = 'openrouter', units = 1 }: WantOptions = {},
): HoldWant {
  const { id: licenseId, keyId, version } = license;
  return { holdId: newId(), licenseId, keyId, version, provider, units, model: 'a/model' };
}

/**
 * Lets the clock that decides stand at an instant, for this database, until the next call: what is
 * tested then depends neither on today's date nor on how long it takes.
 */
export async function setClock(prisma: PrismaClient, instant: string): Promise<void> {
  const iso = new Date(instant).toISOString();
  await prisma.$executeRawUnsafe(
    `CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
       AS $$ SELECT '${iso}'::timestamptz $$`,
  );
}
