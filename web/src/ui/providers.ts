// The services that models are asked at, in the order of the meters, and their names.

import { PROVIDER_NAMES, PROVIDERS } from '../api/lists.js';

export { PROVIDER_NAMES, PROVIDERS };
export type Provider = (typeof PROVIDERS)[number];

export function isProvider(name: string): name is Provider {
  return PROVIDERS.some(provider => provider === name);
}

/** Builds a value for each provider. */
export function perProvider<Value>(make: (provider: Provider) => Value): Record<Provider, Value> {
  const made = PROVIDERS.map(provider => [provider, make(provider)]);
  return Object.fromEntries(made) as Record<Provider, Value>;
}

export function providerName(provider: string): string {
  return PROVIDER_NAMES[provider] ?? provider;
}
