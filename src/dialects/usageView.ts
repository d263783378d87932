// The counters as replies show them, in every dialect.

import { PROVIDERS } from '../domain/provider.js';
import { balanceOf, type Usage } from '../domain/quota.js';

/** `{openrouter: {used, limit, remaining}, openai: {...}}`. */
export function renderBreakdown(usage: Usage): Record<string, unknown> {
  return Object.fromEntries(
    PROVIDERS.map(provider => [provider, balanceOf(usage.quotas[provider])]),
  );
}
