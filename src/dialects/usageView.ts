// The counters as replies show them, in every dialect.

import { type PerProvider, perProvider } from '../domain/provider.js';
import { type Balance, balanceOfProvider, type Usage } from '../domain/quota.js';
import { type Fields, isRecord } from '../domain/unknownJson.js';

/** `{openrouter: {used, limit, remaining}, openai: {...}}`. */
export function renderBreakdown(usage: Usage): PerProvider<Balance> {
  return perProvider(provider => balanceOfProvider(usage, provider));
}

/** Beside a reply, if the plan sells money. */
export function costOf({ wallet }: Usage, charged: number | undefined): { cost_microusd?: number } {
  return wallet && charged !== undefined ? { cost_microusd: charged } : {};
}

/** The unit, if the plan sells money. If it is absent, requests are counted. */
export function unitOf({ wallet }: Usage): { unit?: 'microusd' } {
  return wallet ? { unit: 'microusd' } : {};
}

/** Fields of an upstream's `usage` about what the operator pays, which callers do not see. */
const OPERATORS = /^(cost|is_byok)/;

/** An upstream's `usage` as callers see it. */
export function usageForCallers(usage: Fields): Fields {
  return Object.fromEntries(Object.entries(usage).filter(([name]) => !OPERATORS.test(name)));
}

/** What an upstream answered, with its `usage` as callers see it. */
export function bodyForCallers(body: Fields): Fields {
  return isRecord(body.usage) ? { ...body, usage: usageForCallers(body.usage) } : body;
}

let last = { ms: Number.NaN, text: '' };

/** ISO 8601. The month ends at the same instant for all, so its text is cached. */
export function isoOf(instant: Date): string {
  const ms = instant.getTime();
  if (ms !== last.ms) last = { ms, text: instant.toISOString() };
  return last.text;
}
