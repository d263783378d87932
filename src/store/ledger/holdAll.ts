// A batch of holds of all kinds. Plans of requests pay nothing for wallets: a batch without any goes as it is.

import type { Queries } from '../database/directQueries.js';
import type { HoldResult, HoldResults, HoldSettings, HoldWant } from './hold.js';
import { holdWithAnyKeys } from './holdNamed.js';
import { holdFromWallets } from './holdWallets.js';
import { PartlyCommitted } from './lanes.js';

/** Holds every want that fits, and answers each. Several statements may be needed, and each commits by itself. */
export async function holdAll(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
): Promise<HoldResult[]> {
  const results: HoldResults = new Map();
  try {
    await holdByKind(db, wants, settings, results);
  } catch (error) {
    if (results.size === 0) throw error;
    throw new PartlyCommitted(
      wants.map(({ holdId }) => results.get(holdId)),
      error,
    );
  }
  return wants.map(({ holdId }) => results.get(holdId) as HoldResult);
}

async function holdByKind(
  db: Queries,
  wants: HoldWant[],
  settings: HoldSettings,
  results: HoldResults,
): Promise<void> {
  const ofWallets = wants.filter(({ least }) => least !== undefined);
  if (ofWallets.length === 0) return holdWithAnyKeys(db, wants, settings, results);
  const requests = wants.filter(({ least }) => least === undefined);
  await holdFromWallets(db, ofWallets, settings, results);
  if (requests.length > 0) await holdWithAnyKeys(db, requests, settings, results);
}
