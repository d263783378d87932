// Compares years of buyers in the shops' own books with what we make of their events, although events are lost, late,
// repeated or out of order.

import { beforeAll, expect, test } from '@jest/globals';
import type { Catalog } from '../../src/domain/catalog.js';
import { differences } from './compare.js';
import { loadBooksCatalog } from './goods.js';
import { createMemoryKeeper, type Plant } from './memoryKeeper.js';
import { PLANTS } from './plants.js';
import { type History, makeHistory, play } from './play.js';

const HISTORIES = Number(process.env.HISTORIES ?? 60);
const seed = Number(process.env.PROPERTY_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Within so many histories a fault has to be found. */
const MOST_UNTIL_FOUND = 200;

let catalog: Catalog;
beforeAll(async () => {
  catalog = await loadBooksCatalog();
});

interface Found {
  history: History;
  differences: string[];
  words: string[];
}

async function check(history: History, plant?: Plant): Promise<Found> {
  const keeper = createMemoryKeeper(catalog, plant);
  const played = await play(history, keeper);
  const found = await differences(played, keeper);
  return { history, differences: found, words: played.words };
}

/** Leaves out steps as long as it still fails. */
async function smallest(found: Found): Promise<Found> {
  let best = found;
  for (let at = best.history.steps.length - 1; at >= 0; at--) {
    const steps = best.history.steps.toSpliced(at, 1);
    const less = await check({ ...best.history, steps });
    if (less.differences.length > 0) best = less;
  }
  return best;
}

test(`a buyer has what the shops' books say (${HISTORIES} histories, seed ${seed})`, async () => {
  for (let number = 0; number < HISTORIES; number++) {
    const found = await check(makeHistory(seed + number));
    if (found.differences.length === 0) continue;
    const { history, words, differences } = await smallest(found);
    throw new Error(`history ${history.seed}\n${[...words, ...differences].join('\n')}`);
  }
  expect(HISTORIES).toBeGreaterThan(0);
}, 1_200_000);

test.each(Object.entries(PLANTS))(
  `it would be found that %s (seed ${seed})`,
  async (_name, plant) => {
    for (let number = 0; number < MOST_UNTIL_FOUND; number++) {
      const found = await check(makeHistory(seed + number), plant());
      if (found.differences.length > 0) return;
    }
    throw new Error(`none of ${MOST_UNTIL_FOUND} histories shows it`);
  },
);
