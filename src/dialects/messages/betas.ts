// The header anthropic-beta. A field and its beta value must be sent together or not at all: an upstream answers 400 to
// one without the other.

import type { SentHeaders } from '../dialect.js';

/** The beginnings of beta values whose features are never sent. */
const NEVER_SENT = ['fast-mode', 'mcp-client', 'code-execution', 'skills', 'files-api'];
/** For fields whose beta values have another name: the field, and how its values begin. */
const OF_FIELD: Record<string, string[]> = {
  diagnostics: ['cache-diagnos'],
  fallbacks: ['fallback', 'server-side-fallback'],
  output_format: ['structured-outputs'],
  user_profile_id: ['user-profile'],
};
const FORM = /^[A-Za-z][\w.-]{0,100}$/;
/** No client sends more. */
const MOST_BETAS = 100;
const DATE = /_\d+$/;

export interface Betas {
  sent: string[];
  ignored: string[];
}

/** `ignored` has what is left out of the body, such as `speed` or `tools.web_search_20250305`. */
export function siftBetas({ 'anthropic-beta': header }: SentHeaders, ignored: Set<string>): Betas {
  const given = [header ?? []]
    .flat()
    .flatMap(text => text.split(','))
    .map(text => text.trim())
    .filter(text => FORM.test(text))
    .slice(0, MOST_BETAS);
  const prefixes = [...NEVER_SENT, ...[...ignored].flatMap(prefixesOf)];
  const isSent = (beta: string) => !prefixes.some(prefix => beta.startsWith(prefix));
  return { sent: given.filter(isSent), ignored: given.filter(beta => !isSent(beta)) };
}

function prefixesOf(path: string): string[] {
  const name = path.slice(path.lastIndexOf('.') + 1);
  return (
    (Object.hasOwn(OF_FIELD, name) && OF_FIELD[name]) || [
      name.replace(DATE, '').replaceAll('_', '-'),
    ]
  );
}
