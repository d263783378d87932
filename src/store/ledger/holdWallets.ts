// Hold from wallets: plans that sell money. Each want has a size of its own, and takes less where only that is free.
// What certainly fits is held together, without looking at each want: that is nearly always all of a batch.

import { balanceOf, type Usage } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import {
  type HoldResult,
  type HoldResults,
  type HoldSettings,
  type HoldWant,
  heldFrom,
} from './hold.js';
import type { Room } from './holdNamed.js';
import { type CounterRow, type QuotaRow, quotaFrom, usageFrom, withOwnLimit } from './sql.js';

interface Answer {
  period: string;
  answers: Array<{
    id: string;
    verdict: 'held' | 'full' | 'stale' | 'unopened';
    units?: number;
    affords?: number;
    reserved?: boolean;
    /** Of a named key. */
    room?: Room | null;
  }>;
  counters: QuotaRow[];
}

/** Holds every want that fits, and answers each. */
export async function holdFromWallets(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  await holdTogether(db, byLicense(wants), settings, results);
  const others = wants.filter(({ holdId }) => !results.has(holdId));
  if (others.length > 0) await holdEach(db, others, settings, results);
}

/** The wants of each license that have the same master key, in the order in which every replica locks rows. */
function byLicense(wants: HoldWant[]): HoldWant[][] {
  const alike = new Map<string, HoldWant[]>();
  for (const want of wants) {
    if (want.namedKey) continue;
    const others = alike.get(want.licenseId);
    const [first] = others ?? [];
    if (!first) alike.set(want.licenseId, [want]);
    else if (first.keyId === want.keyId && first.version === want.version) others?.push(want);
  }
  return [...alike.values()].sort(([one], [other]) =>
    (one as HoldWant).licenseId < (other as HoldWant).licenseId ? -1 : 1,
  );
}

/** Leaves out the licenses whose wants may not all fit. */
async function holdTogether(
  db: Queries,
  wallets: HoldWant[][],
  { timeZone, leaseMs }: HoldSettings,
  results: HoldResults,
): Promise<void> {
  if (wallets.length === 0) return;
  const { resets_at, counters, grants } = await queryJson<{
    resets_at: number;
    counters: Array<Omit<CounterRow, 'grants_unspent'> & { license_id: string }>;
    grants: Array<{ license_id: string; unspent: number }>;
  }>(
    db,
    Prisma.sql`SELECT sahm_hold_wallets_own(${togetherJson(wallets)}::json, ${timeZone},
      ${leaseMs})::text AS answer`,
  );
  const rows = new Map(counters.map(row => [row.license_id, row]));
  const unspent = new Map(grants.map(grant => [grant.license_id, grant.unspent]));
  const resetsAt = new Date(resets_at * 1000);
  for (const wants of wallets) {
    const { licenseId } = wants[0] as HoldWant;
    const row = rows.get(licenseId);
    if (!row) continue;
    const grants_unspent = unspent.get(licenseId) ?? 0;
    const balance = balanceOf(quotaFrom({ grants_unspent, ...row }));
    for (const want of wants) {
      const { holdId, units: affords } = want;
      results.set(holdId, { kind: 'held', balance, resetsAt, units: heldNow(want), affords });
    }
  }
}

function heldNow({ units, first = units }: HoldWant): number {
  return Math.min(units, first);
}

function togetherJson(wallets: HoldWant[][]): string {
  return JSON.stringify(
    wallets.map(wants => {
      const { licenseId, keyId, version } = wants[0] as HoldWant;
      let total = 0;
      let most = 0;
      const holds = wants.map(want => {
        const { holdId, provider, model, dialect, userDigest } = want;
        const units = heldNow(want);
        total += units;
        most = Math.max(most, want.units);
        return { id: holdId, provider, units, model, dialect, user_digest: userDigest };
      });
      return { license_id: licenseId, key_id: keyId, version, total, most, holds };
    }),
  );
}

/** One want after another. Where the month's row is missing, it is opened, and they are tried once more. */
async function holdEach(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  const first = await tryToHold(db, wants, settings, results);
  const unopened = wants.filter(({ holdId }) => first.unopened.has(holdId));
  if (unopened.length === 0) return;
  const licenseIds = [...new Set(unopened.map(({ licenseId }) => licenseId))];
  await settings.openPeriods(licenseIds, first.period);
  const again = await tryToHold(db, unopened, settings, results);
  // A month began in between. The caller tries again in the new one.
  for (const holdId of again.unopened) results.set(holdId, { kind: 'stale' });
}

async function tryToHold(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<{ period: string; unopened: Set<string> }> {
  const { timeZone, leaseMs } = settings;
  const { period, answers, counters } = await queryJson<Answer>(
    db,
    Prisma.sql`SELECT sahm_hold_wallets(${walletsJson(wants)}::json, ${timeZone},
      ${leaseMs})::text AS answer`,
  );
  const unopened = new Set<string>();
  const wantOf = new Map(wants.map(want => [want.holdId, want]));
  const usages = new Map<string, Usage>();
  const usageOf = (licenseId: string): Usage => {
    const rows = () => counters.filter(row => row.license_id === licenseId);
    const usage = usages.get(licenseId) ?? usageFrom(rows(), settings);
    usages.set(licenseId, usage);
    return usage;
  };
  for (const { id, verdict, units, affords, reserved = false, room } of answers) {
    const { licenseId, provider } = wantOf.get(id) as HoldWant;
    const usage = () => withOwnLimit(usageOf(licenseId), room);
    if (verdict === 'held')
      results.set(id, { units, affords, ...heldFrom(usage(), provider) } as HoldResult);
    else if (verdict === 'full') {
      const isOwnLimit = room?.fits === 0 ? ({ isOwnLimit: true } as const) : {};
      results.set(id, { kind: 'full', reserved, usage: usage(), ...isOwnLimit });
    } else if (verdict === 'unopened') unopened.add(id);
    else results.set(id, { kind: 'stale' });
  }
  return { period, unopened };
}

/** Sorted by license, so that a transaction that waits for rows holds no locks on later ones. */
function walletsJson(wants: HoldWant[]): string {
  const inOrder = wants.toSorted((one, other) => (one.licenseId < other.licenseId ? -1 : 1));
  return JSON.stringify(
    inOrder.map(want => ({
      id: want.holdId,
      license_id: want.licenseId,
      key_id: want.keyId,
      version: want.version,
      provider: want.provider,
      size: want.units,
      least: want.least,
      first: want.first,
      model: want.model,
      dialect: want.dialect,
      user_digest: want.userDigest,
    })),
  );
}
