/** Where the routes of OpenAI's, Anthropic's and OpenRouter's clients begin: the clients of OpenRouter use the second. */
export const ROOTS = ['/v1', '/api/v1'] as const;
