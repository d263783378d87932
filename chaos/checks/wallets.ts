// The bank check: the wallets were charged the true cost of what was served, and no wallet gave more than it had.

import type { Evidence, Hold } from '../evidence.js';
import { MARKUP_PERCENT, PURSE, WALLET } from '../ground.js';
import type { Finding } from './finding.js';

/** Dollars for a million tokens, times 1,000. */
type Price = [prompt: number, completion: number];
/** The prices by which the upstream states the cost of a call, for each form. */
const SAID: Record<string, Price> = { messages: [500, 500], responses: [150, 600] };
/** The catalogue's prices, for calls of which the upstream states no cost. */
const CATALOGUE: Record<string, Price> = {
  'openai/gpt-4.1-mini': [400, 1_600],
  'openai/text-embedding-3-small': [20, 0],
};
const SAID_OF_CHATS: Price = [150, 600];

/** In micro-dollars, with the markup, rounded half up once. */
function costOf({ dialect, model, promptTokens, completionTokens }: Hold): number {
  const [prompt, completion] = SAID[dialect] ?? CATALOGUE[model] ?? SAID_OF_CHATS;
  const thousandths = (promptTokens ?? 0) * prompt + (completionTokens ?? 0) * completion;
  return Math.floor((thousandths * (100 + MARKUP_PERCENT) + 50_000) / 100_000);
}

export function checkWallets({ cast, holds, told }: Evidence): Finding[] {
  const cost: Finding = {
    promise: 'a wallet pays the true cost of each call, rounded once',
    checked: 0,
    broken: [],
  };
  const sums: Finding = {
    promise: 'the sum of the charges is what left the wallet, never below zero',
    checked: 0,
    broken: [],
  };
  const rich = new Set(cast.wallets.map(({ id }) => id));
  for (const { id: license } of [...cast.wallets, ...cast.purses]) {
    const posted = holds.filter(hold => hold.license === license && hold.state === 'posted');
    let sum = 0;
    for (const hold of posted) {
      cost.checked += 1;
      sum += hold.units;
      const expected = costOf(hold);
      // A wallet that is nearly empty pays for what was dearer than its hold as far as it can.
      const isPaid = rich.has(license) ? hold.units === expected : hold.units <= expected;
      if (!hold.isMoney || !isPaid) {
        cost.broken.push(
          `${hold.id} (${hold.model}): charged ${hold.units}, its cost is ${expected}`,
        );
      }
    }
    const shown = Object.values(told.get(license)?.shown ?? {});
    const used = shown.reduce((total, provider) => total + provider.used, 0);
    sums.checked += 1;
    if (used !== sum) sums.broken.push(`${license}: ${used} left the wallet, charges of ${sum}`);
    for (const { limit, remaining } of shown) {
      if (limit !== WALLET && limit !== PURSE) sums.broken.push(`${license}: a limit of ${limit}`);
      if (remaining !== limit - used || remaining < 0) {
        sums.broken.push(`${license}: ${remaining} left of ${limit}, of which ${used} are spent`);
      }
    }
  }
  return [cost, sums];
}
