// What a receipt and a statement say, as they are signed. Whoever has the public key can check them years later, so
// that a field here keeps its name and its meaning; what changes the meaning is another version.

import type { Provider } from './provider.js';

export const RECEIPT_VERSION = 1;
/** What the header of a signature says that it signs. */
export const RECEIPT_TYPE = 'sahm-receipt+jws';

/** Of what one charged request cost; on the wire. */
export interface Spent {
  provider: Provider;
  model: string;
  /** What units are. */
  unit: 'request' | 'microusd';
  /** What was charged. */
  units: number;
  prompt_tokens: number | null;
  completion_tokens: number | null;
  /** What the model's provider takes of the shop; absent where holders are not shown it. */
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

/** Adds up what is read piece by piece; it grows with the models and not with the requests. */
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

  /** By provider and model. */
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

/** What a month began with: the last line that tells of its beginning. */
const BEGINNING = ['plan', 'limit', 'opening', 'carried'];

export function openingOf(lines: ReadonlyArray<{ code: string; sum: number }>): number {
  return lines.filter(({ code }) => BEGINNING.includes(code)).at(-1)?.sum ?? 0;
}
