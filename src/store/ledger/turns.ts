// Turns: a call that its turn has paid for is held for nothing, and counted all the same (docs/ledger.md rule 12).

import type { Provider } from '../../domain/provider.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';
import { type HoldResult, type HoldSettings, type HoldWant, heldFrom, quotaJson } from './hold.js';
import { countersIfHeldSql, type QuotaRow, usageFrom } from './sql.js';

export interface BegunTurn {
  /** Of the call that pays. */
  holdId: string;
  licenseId: string;
  provider: Provider;
  /** A digest of what the client calls the conversation. */
  conversation: string;
}

interface Answer {
  verdict: 'held' | 'stale' | 'unpaid';
  counters: QuotaRow[];
}

/** Null where no turn pays for it: then it costs what any call costs. */
export async function holdInTurn(
  db: Queries,
  want: HoldWant,
  settings: HoldSettings,
): Promise<HoldResult | null> {
  const { timeZone, leaseMs } = settings;
  const { verdict, counters } = await queryJson<Answer>(
    db,
    Prisma.sql`SELECT json_build_object('verdict', answer->>'verdict',
        'counters', ${countersIfHeldSql(want.licenseId, timeZone)})::text AS answer
      FROM sahm_hold_turn(${quotaJson(want)}::json, ${timeZone}, ${leaseMs}) AS answer`,
  );
  if (verdict === 'unpaid') return null;
  if (verdict === 'stale') return { kind: 'stale' };
  const usage = usageFrom(counters, settings);
  return { usage, units: 0, ...heldFrom(usage, want.provider) };
}

/** Notes that a call's unit pays for its turn, once it is posted. */
export async function beginTurn(
  db: Queries,
  { holdId, licenseId, provider, conversation }: BegunTurn,
): Promise<void> {
  await db.$queryRaw`
    INSERT INTO turn (hold_id, license_id, provider, conversation)
    VALUES (${holdId}::uuid, ${licenseId}::uuid, ${provider}, ${conversation})
    ON CONFLICT DO NOTHING`;
}
