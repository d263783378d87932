// Licenses, grants and a stopped clock for the ledger's tests.

import { v7 as newId } from 'uuid';
import type { Catalog, Plan } from '../../src/domain/catalog.js';
import { type Provider, perProvider, type QuotaKey } from '../../src/domain/provider.js';
import type { PrismaClient } from '../../src/store/generated/client.js';
import type { HoldWant } from '../../src/store/ledger/index.js';

const NONE = perProvider(() => 0);

/** Plans so small that every limit is near. */
export const catalog: Catalog = {
  writtenAt: new Date(0),
  plans: new Map<string, Plan>(
    [
      { code: 'basic', rank: 1, allowances: { ...NONE, openrouter: 3 } },
      { code: 'pro', rank: 2, allowances: { ...NONE, openrouter: 5 } },
      { code: 'vip', rank: 3, allowances: { ...NONE, openrouter: 5, openai: 2 } },
    ].map(plan => [plan.code, { ...plan, name: { fa: '', en: '', 'zh-TW': '' } }]),
  ),
  products: new Map(),
  otherProducts: [],
  models: new Map(),
  modelsByName: new Map(),
};

export const wallet: Plan = {
  code: 'wallet',
  rank: 1,
  name: { fa: '', en: '', 'zh-TW': '' },
  allowances: NONE,
  wallet: { monthlyMicrousd: 1_000, markupPercent: '0' },
};
export const walletCatalog: Catalog = {
  ...catalog,
  plans: new Map([...catalog.plans, [wallet.code, wallet]]),
};

/** Only on PostgreSQL: how many sessions of this database wait for another session's lock. */
export async function countWaiting(prisma: PrismaClient): Promise<number> {
  const waiting = await prisma.$queryRaw<unknown[]>`
    SELECT 1 AS one FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return waiting.length;
}

/** Short. No test waits for it, because tests set the clock. */
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

/** Creates an account with one active license and one key. */
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
  provider?: QuotaKey;
  units?: number;
  lasts?: 'until-used' | 'month' | 'subscription';
  /** For a grant that lasts one month. */
  period?: string;
  state?: string;
  createdAt: string;
}

/** Writes only the grant's row. The caller must write its effect on a period that is already open. */
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

/** A request of this license, with a new id. */
export function wantOf(
  license: TestLicense,
  { provider = 'openrouter', units = 1 }: WantOptions = {},
): HoldWant {
  const { id: licenseId, keyId, version } = license;
  return { holdId: newId(), licenseId, keyId, version, provider, units, model: 'a/model' };
}

/**
 * Stops this database's deciding clock at an instant, until the next call. So a test depends neither on
 * today's date nor on its own speed.
 */
export async function setClock(prisma: PrismaClient, instant: string): Promise<void> {
  const iso = new Date(instant).toISOString();
  await prisma.$executeRawUnsafe(
    `CREATE OR REPLACE FUNCTION sahm_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
       AS $$ SELECT '${iso}'::timestamptz $$`,
  );
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
