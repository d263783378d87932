/** Whose counter a request uses, and where it is sent. The order is the order in replies. */
export const PROVIDERS = ['openrouter', 'openai'] as const;
export type Provider = (typeof PROVIDERS)[number];

/** Whose quota is over all providers, in micro-dollars: a plan that sells money has this one. */
export const WALLET = 'all';
/** What a quota is of. */
export const QUOTA_KEYS = [...PROVIDERS, WALLET] as const;
export type QuotaKey = (typeof QUOTA_KEYS)[number];

export type PerProvider<T> = Record<Provider, T>;

/** Builds a value for each provider. */
export function perProvider<T>(make: (provider: Provider) => T): PerProvider<T> {
  return { openrouter: make('openrouter'), openai: make('openai') };
}

export type PerQuota<T> = Record<QuotaKey, T>;

/** Builds a value for each quota that there can be. */
export function perQuota<T>(make: (quota: QuotaKey) => T): PerQuota<T> {
  return { ...perProvider(make), all: make(WALLET) };
}

/** A license's or a key's own limits, as they are told: the wallet's only where there is one. */
export function shownLimits({ all, ...limits }: PerQuota<number | null>) {
  return { ...limits, ...(all !== null && { all }) };
}

/** What people are told of a provider. */
interface ProviderDescription {
  name: string;
  /** What its monthly quota is called (seed 003 §8.3, §8.4). */
  quotaName: string;
  /** Whether its models are sold as its own, "direct OpenAI models" (seed 003 §8.2), and not each by its name. */
  isDirect: boolean;
}

export const DESCRIPTIONS: PerProvider<ProviderDescription> = {
  openrouter: { name: 'OpenRouter', quotaName: 'OpenRouter', isDirect: false },
  openai: { name: 'OpenAI', quotaName: 'GPT/OpenAI', isDirect: true },
};
