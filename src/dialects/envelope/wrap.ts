// Seed 004's envelope: every reply is `{success, data, message, timestamp}`, or an error.

import type { Model } from '../../domain/catalog.js';
import type { Language } from '../../domain/language.js';
import type { Refusal } from '../../domain/refusal.js';
import { requestInstantOf } from '../../domain/requestInstant.js';
import { say } from '../../i18n/messages.js';
import type { WholeReply } from '../dialect.js';
import { renderCounters, typeOf } from '../openai/render.js';

/** What all of the envelope's dialects have in common. */
export function inEnvelope(name: string) {
  return {
    name: `envelope_${name}`,
    defaultLanguage: 'zh-TW' as const,
    takesKeyInBody: false,
    renderRefusal: renderEnvelopeRefusal,
  };
}

type Wrapped = Pick<WholeReply<unknown>, 'id' | 'language' | 'usage'> & {
  model: Pick<Model, 'provider'>;
  /** Undefined if it is not known yet. */
  charged: number | undefined;
};

export function wrap(
  { id, language, usage, model, charged }: Wrapped,
  data: Record<string, unknown>,
): Record<string, unknown> {
  return {
    success: true,
    data: { ...data, ...renderCounters(usage, model.provider, charged) },
    message: say(language, { key: 'done', parameters: {} }),
    // The instant of the request, so that a replay of a kept reply is equal.
    timestamp: timestampOf(requestInstantOf(id)),
  };
}

export function renderEnvelopeRefusal(
  refusal: Refusal,
  language: Language,
): Record<string, unknown> {
  const { code, upstreamCode, message } = refusal;
  const isOfKey = code === 'invalid_license_key';
  // Seed 004 has words for a wrong key only.
  const isWrongKey = isOfKey && message.key !== 'license_missing';
  return {
    success: false,
    error: {
      code: isOfKey ? 'invalid_api_key' : (upstreamCode ?? code),
      message: say(language, isWrongKey ? { key: 'api_key_invalid', parameters: {} } : message),
      type: typeOf(refusal),
    },
    timestamp: timestampOf(new Date()),
  };
}

/** Seed 004's timestamps have whole seconds. */
function timestampOf(instant: Date): string {
  return `${instant.toISOString().slice(0, 19)}Z`;
}
