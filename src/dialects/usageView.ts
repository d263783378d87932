// The counters as replies show them, in every dialect.

import { type PerProvider, perProvider } from '../domain/provider.js';
import { type Balance, balanceOf, type Usage } from '../domain/quota.js';

/** `{openrouter: {used, limit, remaining}, openai: {...}}`. */
export function renderBreakdown({ quotas }: Usage): PerProvider<Balance> {
  return perProvider(provider => balanceOf(quotas[provider]));
}
