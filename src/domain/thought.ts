// What a provider wants back with a tool call in the next turn, carried in the call's id: many clients keep
// nothing else of a reply (docs/decisions/0014-thoughts-in-ids.md). Providers never see it there.

import { findIllFormed } from './wellFormed.js';

/** Between the provider's own id and what is carried. */
const MARK = '__thought__';
/** More is not carried: the id comes back in each later turn, twice. */
const MOST_BYTES = 32_768;
const MOST_CHARACTERS = Math.ceil((MOST_BYTES * 4) / 3);
/** A longer id carries nothing: it could not be told apart by its beginning. */
const MOST_ID_CHARACTERS = 100;
/** Of all ids of one request: what is beyond costs too much to read. */
const MOST_OF_A_REQUEST = 1024 * 1024;

/** Told apart by its beginning also where the rest is long. */
export const CARRIES_THOUGHT = /^[^"\\]{1,100}?__thought__/;

export interface Thought {
  reasoning_details?: unknown[] | undefined;
  reasoning_content?: string | null | undefined;
  /** Of the call itself. */
  extra_content?: unknown;
}

/** The id with what it carries; as it is where that is nothing, or too much. */
export function withThought(id: string, thought: Thought): string {
  const said = Object.entries(thought).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  if (said.length === 0 || id.length > MOST_ID_CHARACTERS) return id;
  const bytes = Buffer.from(JSON.stringify(Object.fromEntries(said)));
  return bytes.length > MOST_BYTES ? id : id + MARK + bytes.toString('base64url');
}

export interface Taken {
  /** The provider's own. */
  id: string;
  /** What came with it; null where nothing did. */
  thought: Thought | null;
}

/** Takes the ids of one request apart. */
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

/** It comes from a client: whatever is wrong with it, it is only not there. */
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
