// Post, void, expire: a hold ends once (design §3, rule 4). Post and void act on pending holds; only
// the sweeper expires, when the lease is over.

import type { Provider } from '../../domain/provider.js';
import type { Usage } from '../../domain/quota.js';
import { Prisma } from '../generated/client.js';
import { type Queryable, type QuotaRow, queryJson, usageFrom } from './sql.js';

export interface SettleWant {
  holdId: string;
  outcome: 'posted' | 'voided';
  /** Why it ended so; kept with the hold. */
  reason: string;
  promptTokens?: number | undefined;
  completionTokens?: number | undefined;
  costMicrousd?: number | undefined;
}

export type SettleResult =
  | { kind: 'ended'; usage: Usage }
  /** It had ended already, or never was: the late attempt has no effect. */
  | { kind: 'refused'; state: HoldState | 'unknown' };

interface EndedRow {
  id: string;
  license_id: string;
  period: string;
  provider: Provider;
  units: number;
  state: HoldState;
}

/** Ends each hold of a batch as wanted; answers with the counters as they are after that hold. */
export async function settleBatch(
  db: Queryable,
  wants: SettleWant[],
  timeZone: string,
): Promise<SettleResult[]> {
  const rows = wants.map(want => ({
    hold_id: want.holdId,
    outcome: want.outcome,
    reason: want.reason,
    prompt_tokens: want.promptTokens,
    completion_tokens: want.completionTokens,
    cost_microusd: want.costMicrousd,
  }));
  const { ended, counters } = await queryJson<{ ended: EndedRow[]; counters: QuotaRow[] }>(
    db,
    Prisma.sql`SELECT sahm_settle(${JSON.stringify(rows)}::json, ${timeZone})::text AS answer`,
  );
  const others = ended.length === wants.length ? new Map() : await readStates(db, wants);
  return answersInOrder(wants, ended, counters, others);
}

/** Expires at most `most` pending holds whose lease is over; gives how many. */
export async function expireBatch(db: Queryable, most: number): Promise<number> {
  return queryJson<number>(db, Prisma.sql`SELECT sahm_expire(${most}::int)::text AS answer`);
}

/**
 * The statement gives the counters after the whole batch. Going back through the batch from its end,
 * each hold gets them as they were right after itself: as if they had been settled one by one.
 */
function answersInOrder(
  wants: SettleWant[],
  ended: EndedRow[],
  quotas: QuotaRow[],
  others: Map<string, HoldState>,
): SettleResult[] {
  const endedById = new Map(ended.map(row => [row.id, row]));
  const counters = new Map<string, QuotaRow[]>();
  for (const row of quotas) {
    const name = `${row.license_id} ${row.period}`;
    counters.set(name, [...(counters.get(name) ?? []), row]);
  }
  const answers: SettleResult[] = [];
  const answered = new Set<string>();
  for (const { holdId, outcome } of wants.toReversed()) {
    const row = endedById.get(holdId);
    if (row?.state !== outcome || answered.has(holdId)) {
      answers.push({ kind: 'refused', state: row?.state ?? others.get(holdId) ?? 'unknown' });
      continue;
    }
    answered.add(holdId);
    const rows = counters.get(`${row.license_id} ${row.period}`) as QuotaRow[];
    answers.push({ kind: 'ended', usage: usageFrom(rows) });
    const own = rows.find(candidate => candidate.provider === row.provider) as QuotaRow;
    if (row.state === 'posted') own.used -= row.units;
    else own.held += row.units;
  }
  return answers.reverse();
}

type HoldState = 'posted' | 'voided' | 'expired';

/** How holds that could not be ended had ended before. */
async function readStates(db: Queryable, wants: SettleWant[]): Promise<Map<string, HoldState>> {
  const ids = wants.map(want => want.holdId);
  const rows = await db.$queryRaw<Array<{ id: string; state: HoldState }>>`
    SELECT id::text, state FROM hold WHERE id = ANY(${ids}::uuid[]) AND state <> 'pending'`;
  return new Map(rows.map(row => [row.id, row.state]));
}
