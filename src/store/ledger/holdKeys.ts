// Hold with keys of both kinds in the periods' own buckets: the common case of a batch with named keys, in one statement.

import { balanceOf, balanceWithin } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import {
  answerAll,
  type GrantsLeft,
  type HoldResults,
  type HoldSettings,
  type HoldWant,
  type OwnCounters,
  ownQuotaFrom,
  type QuotaWant,
} from './hold.js';

interface Answer {
  resets_at: number;
  /** Of the quotas that were held. */
  counters: Array<OwnCounters & { own_used: number | null; own_limit: number | null }>;
  grants: GrantsLeft[];
}

/** Holds what fits as it is asked for. Whoever has no result is to be held in the other ways, which say why. */
export async function holdKeys(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  const quotas = quotasOf(wants);
  const { resets_at, counters, grants } = await queryJson<Answer>(
    db,
    Prisma.sql`SELECT sahm_hold_keys(${quotasJson(quotas)}::json, ${holdsJson(quotas)}::json,
      ${settings.timeZone}, ${settings.leaseMs})::text AS answer`,
  );
  const resetsAt = new Date(resets_at * 1000);
  for (const row of counters) {
    const quota = quotas[row.ordinal] as QuotaWant;
    const balance = balanceOf(ownQuotaFrom(row, quota.first, grants));
    const { own_used: used, own_limit: limit } = row;
    const isLimited = used !== null && limit !== null;
    const shown = isLimited ? balanceWithin(balance, { used, limit }) : balance;
    answerAll(quota, { kind: 'held', balance: shown, resetsAt }, results);
  }
}

/** Wants that are alike go together. */
function quotasOf(wants: HoldWant[]): QuotaWant[] {
  const quotas = new Map<string, QuotaWant>();
  for (const want of wants) {
    const { licenseId, provider, keyId, version, units } = want;
    const name = `${licenseId} ${provider} ${keyId} ${version} ${units}`;
    const quota = quotas.get(name);
    if (quota) quota.members.push(want);
    else quotas.set(name, { ordinal: quotas.size, first: want, members: [want] });
  }
  return [...quotas.values()];
}

function quotasJson(quotas: QuotaWant[]): string {
  return JSON.stringify(
    quotas.map(({ ordinal, first, members }) => ({
      ordinal,
      license_id: first.licenseId,
      key_id: first.keyId,
      version: first.version,
      provider: first.provider,
      size: first.units,
      total: first.units * members.length,
    })),
  );
}

/** Apart, because the quotas are read twice and these once. */
function holdsJson(quotas: QuotaWant[]): string {
  return JSON.stringify(
    quotas.flatMap(({ ordinal, members }) =>
      members.map(({ holdId, model, dialect, userDigest }) => {
        return { ordinal, id: holdId, model, dialect, user_digest: userDigest };
      }),
    ),
  );
}
