// Extend: a hold of a wallet grows while its call runs (docs/ledger.md rule 11).

import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

export interface ExtendWant {
  holdId: string;
  licenseId: string;
  /** How much is to be held in all, in micro-dollars. Wanting the same twice changes nothing. */
  units: number;
}

/** How much each holds then: less than is wanted where no more is free. 0 of one that has ended. */
export async function extendBatch(db: Queries, wants: ExtendWant[]): Promise<number[]> {
  const json = JSON.stringify(wants.map(({ holdId, units }) => ({ hold_id: holdId, units })));
  const held = await queryJson<Array<{ id: string; units: number }>>(
    db,
    Prisma.sql`SELECT sahm_extend(${json}::json)::text AS answer`,
  );
  const unitsById = new Map(held.map(({ id, units }) => [id, units]));
  return wants.map(({ holdId }) => unitsById.get(holdId) ?? 0);
}
