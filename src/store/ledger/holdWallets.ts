// Hold from wallets: plans that sell money. Each want has a size of its own, and takes less where only that is free.

import type { Usage } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import { type HoldResult, type HoldSettings, type HoldWant, heldFrom } from './hold.js';
import type { Room } from './holdNamed.js';
import { type QuotaRow, usageFrom, withOwnLimit } from './sql.js';

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

/** The result of each want, by the id of its hold. */
export async function holdFromWallets(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
): Promise<Map<string, HoldResult>> {
  const results = new Map<string, HoldResult>();
  const first = await tryToHold(db, wants, settings, results);
  const unopened = wants.filter(({ holdId }) => first.unopened.has(holdId));
  if (unopened.length > 0) {
    const licenseIds = [...new Set(unopened.map(({ licenseId }) => licenseId))];
    await settings.openPeriods(licenseIds, first.period);
    // Still unopened: a month began in between. The caller tries again in the new one.
    await tryToHold(db, unopened, settings, results);
  }
  return results;
}

async function tryToHold(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: Map<string, HoldResult>,
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
      results.set(id, { ...heldFrom(usage(), provider), units, affords } as HoldResult);
    else if (verdict === 'full') {
      const isOwnLimit = room?.fits === 0 ? ({ isOwnLimit: true } as const) : {};
      results.set(id, { kind: 'full', reserved, usage: usage(), ...isOwnLimit });
    } else results.set(id, { kind: 'stale' });
    if (verdict === 'unopened') unopened.add(id);
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
