// Hold: units are reserved before the upstream is called (docs/ledger.md rules 1, 6 and 7).

import type { TurnTerms } from '../../domain/catalog.js';
import type { NamedKey } from '../../domain/license.js';
import type { Provider } from '../../domain/provider.js';
import {
  type Balance,
  balanceOf,
  balanceOfKey,
  type Quota,
  type Usage,
} from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import {
  type CounterRow,
  type CounterSettings,
  type QuotaRow,
  quotaFrom,
  usageFrom,
} from './sql.js';

export interface HoldWant {
  /** A UUID of version 7 that the caller makes. */
  holdId: string;
  licenseId: string;
  keyId: string;
  /** The version of the license that the caller looked at. */
  version: number;
  provider: Provider;
  /** Requests; of a wallet micro-dollars. */
  units: number;
  /** Of a wallet: the least that is of use, where less than `units` is free. */
  least?: number | undefined;
  /** Of a wallet: what is held at first of a call whose hold can grow. */
  first?: number | undefined;
  model: string;
  /** The wire format that the request came in. */
  dialect?: string | undefined;
  /** Where the key is a named one, which may have limits of its own. */
  namedKey?: Pick<NamedKey, 'id' | 'areKeysLimited'> | null | undefined;
  /** A digest of the user that the request is made for. */
  userDigest?: string | undefined;
  /** Of a call that goes on with a turn: whose, and what its plan says of turns. */
  turn?: (TurnTerms & { conversation: string }) | undefined;
}

export type HoldResult =
  /** Committed: the upstream may be called. The balance is the provider's before this hold is posted. */
  | {
      kind: 'held';
      balance: Balance;
      resetsAt: Date;
      /** All counters, for a request with an Idempotency-Key. */
      usage?: Usage;
      /** Of a wallet: how much was held. 0 of a call that its turn has paid for. */
      units?: number;
      /** Of a wallet: how much of `want.units` could have been held. */
      affords?: number;
    }
  /** The license is not what the caller believes. It should reload the license and try once more. */
  | { kind: 'stale' }
  /**
   * No bucket has room, or the named key's own limit lets no more through (`isOwnLimit`). `reserved`: only pending
   * holds stand in the way.
   */
  | { kind: 'full'; reserved: boolean; usage: Usage; isOwnLimit?: true };

/** Wants of one license and provider that are held together: they have the same key, version and units. */
export interface QuotaWant {
  ordinal: number;
  first: HoldWant;
  members: HoldWant[];
}

export interface HoldSettings extends CounterSettings {
  leaseMs: number;
  /** Opens the period rows of these licenses in a transaction of its own. */
  openPeriods(licenseIds: string[], period: string): Promise<void>;
}

/** By the ids of the holds. Whatever is held is noted at once: a later statement of the same batch may fail. */
export type HoldResults = Map<string, HoldResult>;

/**
 * Tries the common case, where the month's row is missing once more after opening it. Returns what did not fit, or was
 * made with a named key whose month counts what is held.
 */
export async function holdWhereOwnFits(
  db: Queries,
  round: QuotaWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<QuotaWant[]> {
  const { full, unopened, period } = await holdFromOwnBucket(db, round, settings, results);
  if (unopened.length === 0) return full;
  const licenseIds = [...new Set(unopened.map(quota => quota.first.licenseId))];
  await settings.openPeriods(licenseIds, period);
  const again = await holdFromOwnBucket(db, unopened, settings, results);
  // A month began between the two statements. The caller tries again in the new one.
  for (const quota of again.unopened) answerAll(quota, { kind: 'stale' }, results);
  return inLockOrder([...full, ...again.full]);
}

/** Splits wants into rounds with one entry a quota. Wants that are not alike wait for a later round. */
export function roundsOf(wants: HoldWant[]): QuotaWant[][] {
  const rounds: QuotaWant[][] = [];
  let rest = wants;
  while (rest.length > 0) {
    const round = new Map<string, QuotaWant>();
    const later: HoldWant[] = [];
    for (const want of rest) {
      const name = `${want.licenseId} ${want.provider}`;
      const quota = round.get(name);
      if (!quota) round.set(name, { ordinal: round.size, first: want, members: [want] });
      else if (isAlike(quota.first, want)) quota.members.push(want);
      else later.push(want);
    }
    rounds.push(inLockOrder([...round.values()]));
    rest = later;
  }
  return rounds;
}

/** Every replica locks rows in this order: by license, then provider. */
function inLockOrder(round: QuotaWant[]): QuotaWant[] {
  const order = ({ first }: QuotaWant) => `${first.licenseId} ${first.provider}`;
  return round.sort((one, other) => (order(one) < order(other) ? -1 : 1));
}

function isAlike(one: HoldWant, other: HoldWant): boolean {
  return one.keyId === other.keyId && one.version === other.version && one.units === other.units;
}

export function answerAll(quota: QuotaWant, result: HoldResult, results: HoldResults): void {
  for (const member of quota.members) results.set(member.holdId, result);
}

/** One want, in the JSON that the ledger's functions take. */
export function quotaJson(want: HoldWant): string {
  return toJson([{ ordinal: 0, first: want, members: [want] }]);
}

/** The JSON that the ledger's functions take: see prisma/structure.sql. */
export function toJson(quotas: QuotaWant[]): string {
  return JSON.stringify(
    quotas.map(({ ordinal, first, members }) => ({
      ordinal,
      license_id: first.licenseId,
      key_id: first.keyId,
      named_key_id: first.namedKey?.id,
      version: first.version,
      provider: first.provider,
      size: first.units,
      total: first.units * members.length,
      ...(first.least !== undefined && { least: first.least }),
      ...(first.first !== undefined && { first: first.first }),
      ...(first.turn && { turn: turnJson(first.turn) }),
      holds: members.map(({ holdId, model, dialect, userDigest }) => {
        return { id: holdId, model, dialect, user_digest: userDigest };
      }),
    })),
  );
}

function turnJson({ conversation, followUps, minutes }: NonNullable<HoldWant['turn']>): object {
  return { conversation, follow_ups: followUps, minutes };
}

/** A period's own counters after a quota was held there. */
export interface OwnCounters extends Omit<CounterRow, 'grants_unspent'> {
  ordinal: number;
}

/** What is left in a license's grants. */
export interface GrantsLeft {
  license_id: string;
  provider: Provider;
  unspent: number;
}

export function ownQuotaFrom(
  row: OwnCounters,
  { licenseId, provider }: HoldWant,
  grants: GrantsLeft[],
): Quota {
  const left = grants.find(grant => grant.license_id === licenseId && grant.provider === provider);
  return quotaFrom({ grants_unspent: left?.unspent ?? 0, ...row });
}

/** The common case: all wants of a quota fit in the period's own bucket. Returns those that have no result yet. */
async function holdFromOwnBucket(
  db: Queries,
  quotas: QuotaWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<{ full: QuotaWant[]; unopened: QuotaWant[]; period: string }> {
  const { period, resets_at, allowed, opened, counters, grants } = await queryJson<{
    period: string;
    resets_at: number;
    allowed: number[];
    opened: number[];
    counters: OwnCounters[];
    grants: GrantsLeft[];
  }>(
    db,
    Prisma.sql`SELECT sahm_hold_own(${toJson(quotas)}::json, ${settings.timeZone},
      ${settings.leaseMs})::text AS answer`,
  );
  const rows = new Map(counters.map(row => [row.ordinal, row]));
  const resetsAt = new Date(resets_at * 1000);
  const full: QuotaWant[] = [];
  const unopened: QuotaWant[] = [];
  for (const quota of quotas) {
    const { ordinal, first } = quota;
    const row = rows.get(ordinal);
    if (row) {
      const balance = balanceOf(ownQuotaFrom(row, first, grants));
      answerAll(quota, { kind: 'held', balance, resetsAt }, results);
    } else if (opened.includes(ordinal)) full.push(quota);
    else if (allowed.includes(ordinal)) unopened.push(quota);
    else answerAll(quota, { kind: 'stale' }, results);
  }
  return { full, unopened, period };
}

/** Spreads what did not fit over all buckets: the period's own, then each grant, oldest first. */
export async function holdFromAnyBucket(
  db: Queries,
  quotas: QuotaWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  const { answer, counters } = await queryJson<{
    answer: {
      held: string[];
      quotas: Array<{ ordinal: number; reserved: boolean }>;
    };
    counters: QuotaRow[];
  }>(
    db,
    Prisma.sql`SELECT json_build_object('answer', answer,
        'counters', sahm_counters(answer->'quotas', ${settings.timeZone}))::text AS answer
      FROM sahm_hold_any(${toJson(quotas)}::json, ${settings.timeZone}, ${settings.leaseMs}) AS answer`,
  );
  const held = new Set(answer.held);
  const reserved = new Map(answer.quotas.map(quota => [quota.ordinal, quota.reserved]));
  for (const quota of quotas) {
    const { ordinal, first, members } = quota;
    const isReserved = reserved.get(ordinal);
    if (isReserved === undefined) {
      answerAll(quota, { kind: 'stale' }, results);
      continue;
    }
    const rows = counters.filter(row => row.license_id === first.licenseId);
    const usage = usageFrom(rows, settings);
    for (const { holdId } of members) {
      if (held.has(holdId)) results.set(holdId, heldFrom(usage, first.provider));
      else results.set(holdId, { kind: 'full', reserved: isReserved, usage });
    }
  }
}

export function heldFrom(usage: Usage, provider: Provider) {
  return {
    kind: 'held' as const,
    balance: balanceOfKey(usage, provider),
    resetsAt: usage.resetsAt,
  };
}
