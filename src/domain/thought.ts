// What a provider wants back with a tool call in the next turn, carried in the call's id: many clients keep
// nothing else of a reply (docs/decisions/0014-thoughts-in-ids.md). Providers never see it there.

/** Between the provider's own id and what is carried: both are letters, digits, `_` and `-`. */
const MARK = '__thought__';
/** More is not carried: the id comes back in each later turn, twice. */
const MOST_CHARACTERS = 32_768;

/** Told apart by its beginning also where the rest is long. */
export const CARRIES_THOUGHT = /^[\w-]{1,100}?__thought__/;

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
  if (said.length === 0) return id;
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(said)));
  if (bytes.length > MOST_CHARACTERS) return id;
  const binary = Array.from(bytes, byte => String.fromCharCode(byte)).join('');
  const text = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return id + MARK + text;
}

/** The provider's own id, and what came with it; null where nothing did. */
export function takeThought(given: string): { id: string; thought: Thought | null } {
  const at = given.indexOf(MARK);
  if (at <= 0) return { id: given, thought: null };
  return { id: given.slice(0, at), thought: parse(given.slice(at + MARK.length)) };
}

/** It comes from a client: whatever is wrong with it, it is only not there. */
function parse(text: string): Thought | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, character => character.charCodeAt(0));
    const { reasoning_details, reasoning_content, extra_content } = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    );
    return {
      ...(Array.isArray(reasoning_details) && { reasoning_details }),
      ...(typeof reasoning_content === 'string' && { reasoning_content }),
      ...(extra_content !== undefined && extra_content !== null && { extra_content }),
    };
  } catch {
    return null;
  }
}
