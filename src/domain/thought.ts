// A provider wants its thoughts back with a tool call in the next request. We put them into the call's id, because many
// clients keep nothing else of a reply (docs/decisions/0014-thoughts-in-ids.md). Providers never see them there.

import { findIllFormed } from './wellFormed.js';

/** Separates the provider's own id from the thought. */
const MARK = '__thought__';
/** Longer thoughts are not put into ids: the id comes back twice in each later request. */
const MOST_BYTES = 32_768;
const MOST_CHARACTERS = Math.ceil((MOST_BYTES * 4) / 3);
/** A longer id gets no thought, because the mark must be found near the beginning of an id. */
const MOST_ID_CHARACTERS = 100;
/** The limit for all ids of one request. Reading more would cost too much. */
const MOST_OF_A_REQUEST = 1024 * 1024;

/** Recognizes an id with a thought by its beginning, also if the rest was cut out as a long text. */
export const CARRIES_THOUGHT = /^[^"\\]{1,100}?__thought__/;

export interface Thought {
  reasoning_details?: unknown[] | undefined;
  reasoning_content?: string | null | undefined;
  /** Belongs to the call itself. */
  extra_content?: unknown;
}

/** The id with the thought in it; the id unchanged if there is no thought, or too much. */
export function withThought(id: string, thought: Thought): string {
  const said = Object.entries(thought).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  if (said.length === 0 || id.length > MOST_ID_CHARACTERS) return id;
  const bytes = Buffer.from(JSON.stringify(Object.fromEntries(said)));
  return bytes.length > MOST_BYTES ? id : id + MARK + bytes.toString('base64url');
}

export interface Taken {
  /** The provider's own id. */
  id: string;
  /** The thought in the id; null if there is none. */
  thought: Thought | null;
}

/** Splits the ids of one request. */
export class Thoughts {
  private left = MOST_OF_A_REQUEST;

  take(given: string): Taken {
    const at = given.indexOf(MARK);
    if (at <= 0) return { id: given, thought: null };
    const text = given.slice(at + MARK.length);
    this.left -= text.length;
    const isTooMuch = text.length > MOST_CHARACTERS || this.left < 0;
    return { id: given.slice(0, at), thought: isTooMuch ? null : parse(text) };
  }
}

/** The text comes from a client, so a wrong one only counts as no thought. */
function parse(text: string): Thought | null {
  try {
    const said = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (findIllFormed(said) !== null) return null;
    const { reasoning_details, reasoning_content, extra_content } = said;
    return {
      ...(Array.isArray(reasoning_details) && { reasoning_details }),
      ...(typeof reasoning_content === 'string' && { reasoning_content }),
      ...(extra_content !== undefined && extra_content !== null && { extra_content }),
    };
  } catch {
    return null;
  }
}
