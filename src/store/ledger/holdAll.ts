// A batch of holds of all kinds. Plans of requests pay nothing for wallets: a batch without any goes as it is.

import type { Queries } from '../database/directQueries.js';
import type { HoldResult, HoldSettings, HoldWant } from './hold.js';
import { holdWithAnyKeys } from './holdNamed.js';
import { holdFromWallets } from './holdWallets.js';

/** Holds every want that fits, and answers each. */
export async function holdAll(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
): Promise<HoldResult[]> {
  const ofWallets = wants.filter(({ least }) => least !== undefined);
  if (ofWallets.length === 0) return holdWithAnyKeys(db, wants, settings);
  const requests = wants.filter(({ least }) => least === undefined);
  const held = await holdFromWallets(db, ofWallets, settings);
  for (const [index, result] of (await holdWithAnyKeys(db, requests, settings)).entries()) {
    held.set((requests[index] as HoldWant).holdId, result);
  }
  return wants.map(({ holdId }) => held.get(holdId) as HoldResult);
}
