/** Whose counter a request uses, and where it is sent. The order is the order in replies. */
export const PROVIDERS = ['openrouter', 'openai'] as const;
export type Provider = (typeof PROVIDERS)[number];

export type PerProvider<T> = Record<Provider, T>;

/** Builds a value for each provider. */
export function perProvider<T>(make: (provider: Provider) => T): PerProvider<T> {
  return { openrouter: make('openrouter'), openai: make('openai') };
}
