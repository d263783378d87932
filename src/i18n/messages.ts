// Says a message in the caller's language.

import type { Language } from '../domain/language.js';
import type { MessageKey, MessageParameters } from '../domain/refusal.js';
import { repeatable } from '../domain/secretForms.js';
import { en } from './en.js';
import { fa } from './fa.js';
import type { Texts } from './texts.js';
import { zhTW } from './zhTW.js';

const TEXTS: Record<Language, Texts> = { fa, en, 'zh-TW': zhTW };

/** The `details` beside `license_invalid`, in English in every language (seed 003 §8.1). */
export const LICENSE_INVALID_DETAILS = 'License key is not active or does not exist.';

/** The message in this language. Values are shortened, and keys in them are masked. */
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
  return repeatable(value);
}
