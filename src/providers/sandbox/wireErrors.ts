// Errors in the wire formats of the two upstreams.

import type { PerProvider, Provider } from '../../domain/provider.js';

export interface WireError {
  kind: 'error';
  status: number;
  message: string;
  param: string | null;
  code: string | null;
  /** OpenRouter's `error.metadata`. */
  metadata?: Record<string, unknown>;
}

export function wireError(
  status: number,
  message: string,
  param: string | null = null,
  code: string | null = null,
): WireError {
  return { kind: 'error', status, message, param, code };
}

/** OpenRouter's code is the status as a number, OpenAI's a name or null. */
const ERROR_BODIES: PerProvider<(error: WireError) => { error: object }> = {
  openrouter: ({ status, message, metadata }) => ({
    error: { code: status, message, ...(metadata && { metadata }) },
  }),
  openai: ({ status, message, param, code }) => ({
    error: { message, type: typeOf(status), param, code },
  }),
};

export function errorBody(provider: Provider, error: WireError): { error: object } {
  return ERROR_BODIES[provider](error);
}

function typeOf(status: number): string {
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
