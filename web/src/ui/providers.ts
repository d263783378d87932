// The names of the services that models are asked at.

export const PROVIDER_NAMES: Record<string, string> = {
  openrouter: 'OpenRouter',
  openai: 'OpenAI',
};

export function providerName(provider: string): string {
  return PROVIDER_NAMES[provider] ?? provider;
}
