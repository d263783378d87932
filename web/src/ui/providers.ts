// The services that models are asked at, in the order of the meters, and their names.

export const PROVIDERS = ['openrouter', 'openai'] as const;
export type Provider = (typeof PROVIDERS)[number];

export const PROVIDER_NAMES: Record<string, string> = {
  openrouter: 'OpenRouter',
  openai: 'OpenAI',
};

export function providerName(provider: string): string {
  return PROVIDER_NAMES[provider] ?? provider;
}
