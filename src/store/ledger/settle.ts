// Post, void, expire: a hold ends once (docs/ledger.md rule 4). Post and void act on pending holds; only the
// sweeper expires holds, when their lease is over.

import { databaseFaultOf, isHeldUp } from '../../domain/databaseFault.js';
import type { HoldState } from '../../domain/hold.js';
import type { Provider, QuotaKey } from '../../domain/provider.js';
import type { Usage } from '../../domain/quota.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import {
  type CounterSettings,
  type OwnLimitRow,
  type QuotaRow,
  usageFrom,
  withOwnLimit,
} from './sql.js';

export interface SettleWant {
  holdId: string;
  licenseId: string;
  outcome: Extract<HoldState, 'posted' | 'voided'>;
  /** Why it ended this way; kept with the hold. */
  reason: string;
  promptTokens?: number | undefined;
  completionTokens?: number | undefined;
  costMicrousd?: number | null | undefined;
  /** The model that answered, where it is another than the one asked for. */
  answeredBy?: string | undefined;
  /**
   * How many units to post, where fewer than were held; the others are free at once. Of a wallet also more: as many as
   * its bucket has free.
   */
  units?: number | undefined;
}

interface Settled {
  ended: EndedRow[];
  counters: QuotaRow[];
  grants: GrantRow[];
  keys: OwnLimitRow[];
}

export type SettleResult =
  /** `charged`: of a wallet, the micro-dollars that were posted. Absent where the reply that counts says what was wanted. */
  | { kind: 'ended'; usage: Usage; charged?: number }
  /** The hold had ended already, or never existed. The late attempt has no effect. */
  | { kind: 'refused'; state: HoldState | 'unknown' };

type EndState = Exclude<HoldState, 'pending'>;

interface EndedRow {
  id: string;
  license_id: string;
  period: string;
  provider: QuotaKey;
  grant_id: string | null;
  /** What counts: of a posted hold, what was charged. */
  units: number;
  state: EndState;
  named_key_id: string | null;
  held: number;
  /** Of a wallet. */
  sent_to: Provider | null;
}

interface GrantRow {
  id: string;
  entitled: number;
  used: number;
}

/** Ends each hold of a batch as wanted. Each result has the counters as they are after that hold. */
export async function settleBatch(
  db: Queries,
  wants: SettleWant[],
  settings: CounterSettings,
): Promise<SettleResult[]> {
  const { timeZone } = settings;
  return settleBy(
    db,
    wants,
    Prisma.sql`SELECT sahm_settle(${wantsJson(wants)}::json, ${timeZone})::text AS answer`,
    settings,
  );
}

/** Wants in the JSON that the settling functions take. */
export function wantsJson(wants: SettleWant[]): string {
  return JSON.stringify(
    wants.map(want => ({
      hold_id: want.holdId,
      outcome: want.outcome,
      reason: want.reason,
      prompt_tokens: want.promptTokens,
      completion_tokens: want.completionTokens,
      cost_microusd: want.costMicrousd,
      answered_by: want.answeredBy,
      units: want.units,
    })),
  );
}

/** Settles with a statement whose answer has the form of `sahm_settle`'s. */
export async function settleBy(
  db: Queries,
  wants: SettleWant[],
  statement: Prisma.Sql,
  settings: CounterSettings,
): Promise<SettleResult[]> {
  const settled = await queryJson<Settled>(db, statement);
  const others = settled.ended.length === wants.length ? new Map() : await readStates(db, wants);
  return answersInOrder(wants, settled, others, settings);
}

/** Expires at most `most` pending holds whose lease is over; returns how many. */
export async function expireBatch(db: Queries, most: number): Promise<number> {
  try {
    return await queryJson(db, Prisma.sql`SELECT sahm_expire(${most}::int)::text AS answer`);
  } catch (error) {
    const isOfOneLicense = isHeldUp(error) || databaseFaultOf(error) === 'fault';
    if (!isOfOneLicense) throw error;
    // One license's counters are locked, or contradict its holds. The holds of others still have to expire.
    const expired = await queryJson<number>(
      db,
      Prisma.sql`SELECT sahm_expire_apart(${most}::int)::text AS answer`,
    );
    if (!isHeldUp(error) && expired === 0) throw error;
    return expired;
  }
}

/**
 * The statement returns the counters after the whole batch. Going backwards through the batch, this gives
 * each hold the counters as they were right after it, as if the holds had been settled one by one.
 */
function answersInOrder(
  wants: SettleWant[],
  after: Settled,
  others: Map<string, EndState>,
  settings: CounterSettings,
): SettleResult[] {
  const endedById = new Map(after.ended.map(row => [row.id, row]));
  const grantsById = new Map(after.grants.map(grant => [grant.id, grant]));
  const counters = new Map<string, QuotaRow[]>();
  for (const row of after.counters) {
    counters.set(row.license_id, [...(counters.get(row.license_id) ?? []), row]);
  }
  const answers: SettleResult[] = [];
  const answered = new Set<string>();
  for (const want of wants.toReversed()) {
    const { holdId } = want;
    const row = endedById.get(holdId);
    if (!row || !isEndedBy(want, row) || answered.has(holdId)) {
      answers.push({ kind: 'refused', state: row?.state ?? others.get(holdId) ?? 'unknown' });
      continue;
    }
    answered.add(holdId);
    const rows = counters.get(row.license_id) as QuotaRow[];
    const usage = usageFrom(
      rows.filter(({ period }) => period === row.period),
      settings,
    );
    const key = after.keys.find(month => isMonthOf(month, row));
    answers.push({
      kind: 'ended',
      usage: withOwnLimit(usage, key),
      ...(row.sent_to !== null && { charged: row.state === 'posted' ? row.units : 0 }),
    });
    takeBack(row, rows, grantsById.get(row.grant_id ?? ''));
    if (key && row.state === 'posted') key.used -= row.units;
  }
  return answers.reverse();
}

/** Of several wants of one hold, the statement takes one. */
function isEndedBy({ outcome, units }: SettleWant, row: EndedRow): boolean {
  if (row.state !== outcome) return false;
  return units !== undefined && units < row.held && outcome === 'posted'
    ? row.units === units
    : row.units >= row.held;
}

function isMonthOf(month: OwnLimitRow, ended: EndedRow): boolean {
  return (
    month.named_key_id === ended.named_key_id &&
    month.period === ended.period &&
    month.provider === ended.provider
  );
}

/** Sets a license's counters back to their state before `ended`. Grants count in every period. */
function takeBack(ended: EndedRow, rows: QuotaRow[], grant: GrantRow | undefined): void {
  const posted = ended.state === 'posted' ? ended.units : 0;
  let unspent = 0;
  if (grant) {
    unspent = unspentIn(grant);
    grant.used -= posted;
    unspent = unspentIn(grant) - unspent;
  }
  for (const row of rows.filter(({ provider }) => provider === ended.provider)) {
    const isOwn = row.period === ended.period;
    if (isOwn || grant) row.held += ended.held;
    if (isOwn && grant) row.grants_used -= posted;
    if (isOwn && !grant) row.used -= posted;
    if (isOwn && ended.sent_to !== null && row.used_by) {
      const before = (row.used_by[ended.sent_to] ?? 0) - posted;
      row.used_by = { ...row.used_by, [ended.sent_to]: before };
    }
    row.grants_unspent += unspent;
  }
}

function unspentIn(grant: GrantRow): number {
  return Math.max(0, grant.entitled - grant.used);
}

/** How the holds that could not be ended had ended before. */
async function readStates(db: Queries, wants: SettleWant[]): Promise<Map<string, EndState>> {
  const ids = wants.map(want => want.holdId);
  const rows = await db.$queryRaw<Array<{ id: string; state: EndState }>>`
    SELECT id::text, state FROM hold WHERE id = ANY(${ids}::uuid[]) AND state <> 'pending'`;
  return new Map(rows.map(row => [row.id, row.state]));
}
