// Extend: a hold of a wallet grows while its call runs (docs/ledger.md rule 11).

import { setTimeout as sleep } from 'node:timers/promises';
import { databaseFaultOf } from '../../domain/databaseFault.js';
import type { Queries } from '../database/directQueries.js';
import { queryJson } from '../database/queries.js';
import { Prisma } from '../generated/client.js';

export interface ExtendWant {
  holdId: string;
  licenseId: string;
  /** How much is to be held in all, in micro-dollars. Wanting the same twice changes nothing. */
  units: number;
}

/** The pause before each further try: far less than calls may take, and enough for a database that starts again. */
const PAUSES_MS = [50, 200, 750, 2_000, 4_000];

/**
 * Half of the answer is delivered already, so a database that is away for a moment does not end it. What was done
 * already is not done again.
 */
export async function extendPatiently(
  want: ExtendWant,
  extend: (want: ExtendWant) => Promise<number>,
): Promise<number> {
  for (const pauseMs of PAUSES_MS) {
    try {
      return await extend(want);
    } catch (error) {
      const fault = databaseFaultOf(error);
      if (fault !== 'unavailable' && fault !== 'conflict') throw error;
      await sleep(pauseMs);
    }
  }
  return extend(want);
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
