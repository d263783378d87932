// Says a message in the caller's language.

import type { Language } from '../domain/language.js';
import type { MessageKey, MessageParameters } from '../domain/refusal.js';
import { en } from './en.js';
import { fa } from './fa.js';
import type { Texts } from './texts.js';
import { zhTW } from './zhTW.js';

const TEXTS: Record<Language, Texts> = { fa, en, 'zh-TW': zhTW };

/** The `details` beside `license_invalid`, in English in every language (seed 003 §8.1). */
export const LICENSE_INVALID_DETAILS = 'License key is not active or does not exist.';

/** What a caller wrote is repeated up to this length. */
const LONGEST_VALUE = 300;

/** Our keys, and those of the services that callers come from (`sk-or-v1-...`, `aifo_sk_live_...`). */
const SECRET = /(sahm_live_)[a-z0-9]+|((?<![a-z0-9])sk[-_])[a-z0-9_-]{16,}/gi;

/** The sentence in this language. Values are cut to a sensible length, and keys in them are masked. */
export function say<Key extends MessageKey>(
  language: Language,
  message: { key: Key; parameters: MessageParameters[Key] },
): string {
  return TEXTS[language][message.key](presentable(message.parameters));
}

function presentable<Parameters extends object>(parameters: Parameters): Parameters {
  const entries = Object.entries(parameters).map(([name, value]) => [
    name,
    presentableValue(value),
  ]);
  return Object.fromEntries(entries) as Parameters;
}

function presentableValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(presentableValue);
  if (typeof value !== 'string') return value;
  const cut =
    value.length > LONGEST_VALUE
      ? `${value.slice(0, LONGEST_VALUE).replace(/[\uD800-\uDBFF]$/, '')}…`
      : value;
  return cut.replace(SECRET, '$1$2***').replace(/\p{Cc}+/gu, ' ');
}
