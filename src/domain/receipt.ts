// The signed content of receipts and statements. They can be checked years later with the public key, so fields keep
// their names and meanings. A change of meaning needs a new version.

import type { Provider } from './provider.js';

export const RECEIPT_VERSION = 1;
/** The types in a signature's header. */
export const RECEIPT_TYPE = 'sahm-receipt+jws';

/** The cost of one charged request, on the wire. */
export interface Spent {
  provider: Provider;
  model: string;
  /** The unit of `units`. */
  unit: 'request' | 'microusd';
  /** The units that were charged. */
  units: number;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  /** What the model's provider charges the shop; absent if holders may not see it. */
  cost_microusd?: number | null | undefined;
}

export interface TotalRow {
  provider: Provider;
  model: string;
  unit: Spent['unit'];
  requests: number;
  units: number;
  prompt_tokens: number;
  completion_tokens: number;
  cost_microusd?: number;
}

/** Adds up requests piece by piece. Its size depends on the number of models, not of requests. */
export class Totals {
  readonly #rows = new Map<string, TotalRow>();
  requests = 0;

  add({ provider, model, unit, units, cost_microusd: cost, ...tokens }: Spent): void {
    const key = `${provider} ${unit} ${model}`;
    const known = this.#rows.get(key);
    const row = known ?? emptyRow(provider, model, unit, cost !== undefined);
    if (!known) this.#rows.set(key, row);
    this.requests += 1;
    row.requests += 1;
    row.units += units;
    row.prompt_tokens += tokens.prompt_tokens ?? 0;
    row.completion_tokens += tokens.completion_tokens ?? 0;
    if (row.cost_microusd !== undefined) row.cost_microusd += cost ?? 0;
  }

  /** Keyed by provider and model. */
  rows(): TotalRow[] {
    return [...this.#rows.entries()]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, row]) => row);
  }
}

function emptyRow(
  provider: Provider,
  model: string,
  unit: Spent['unit'],
  showsCost: boolean,
): TotalRow {
  const empty = { requests: 0, units: 0, prompt_tokens: 0, completion_tokens: 0 };
  return { provider, model, unit, ...empty, ...(showsCost && { cost_microusd: 0 }) };
}

/** The codes of lines about a month's beginning. The last of them has the balance at the beginning. */
const BEGINNING = ['plan', 'limit', 'opening', 'carried'];

export function openingOf(lines: ReadonlyArray<{ code: string; sum: number }>): number {
  return lines.filter(({ code }) => BEGINNING.includes(code)).at(-1)?.sum ?? 0;
}
