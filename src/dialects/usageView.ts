// The counters as replies show them, in every dialect.

import { type PerProvider, perProvider } from '../domain/provider.js';
import { type Balance, balanceOf, type Usage } from '../domain/quota.js';

/** `{openrouter: {used, limit, remaining}, openai: {...}}`. */
export function renderBreakdown({ quotas }: Usage): PerProvider<Balance> {
  return perProvider(provider => balanceOf(quotas[provider]));
}

let last = { ms: Number.NaN, text: '' };

/** ISO 8601. The next month begins for all at one moment, whose text is kept. */
export function isoOf(instant: Date): string {
  const ms = instant.getTime();
  if (ms !== last.ms) last = { ms, text: instant.toISOString() };
  return last.text;
}
