// Reads the body of a reply with another status than 200: an `error`, with words and codes.

import type { Meaning, Refused } from '../failure.js';
import { type Fields, recordOf } from '../fields.js';

export function readRefusal(status: number, body: unknown): Refused {
  const error = recordOf(recordOf(body).error);
  return { meaning: meaningOf(status, error), words: error.message };
}

function meaningOf(status: number, error: Fields): Meaning | undefined {
  // Moderation of the caller's input; any other 403 is about our account or where we call from.
  if (status === 403 && Array.isArray(recordOf(error.metadata).reasons)) return 'callers_request';
  if (status === 400 && isUnknownModel(error)) return 'stale_model';
  if (status === 429 && isOutOfCredit(error)) return 'out_of_credit';
  return undefined;
}

/** OpenRouter answers 400 and not 404 for an id that it does not know. */
function isUnknownModel(error: Fields): boolean {
  return [error.code, recordOf(error.availability).code].includes('model_not_found');
}

/** OpenAI's 429 for an empty account: waiting does not help. */
function isOutOfCredit(error: Fields): boolean {
  return (
    error.type === 'insufficient_quota' ||
    error.code === 'insufficient_quota' ||
    error.code === 'credit_balance_exhausted'
  );
}
