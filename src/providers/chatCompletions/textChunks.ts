// Reads chunks that bring text and nothing else. Within one stream such chunks differ only in the text, so most need
// no parsing as JSON. Parsing would double the work for each chunk.

import type { StreamChoice } from '../../domain/chat.js';
import { EVENT_END } from '../eventReading.js';
import type { StreamText } from '../port.js';

/** Characters that need an escape in a JSON string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for control characters.
const NOT_PLAIN = /[\u0000-\u001f"\\]/;
const NAME = '"content":';
/** How an event that has only data begins. */
const FIELD = 'data: ';

export class TextChunks {
  private head = '';
  private tail = '';
  /** A chunk that was parsed, with its text. The next ones may have its form. */
  private parsed: { data: string; text: string } | null = null;

  /** The text of a chunk that differs from the last one only in its text; null if the chunk has to be parsed. */
  read(data: string): StreamText | null {
    if (this.parsed) this.learn(this.parsed);
    const { head, tail } = this;
    if (head === '' || !data.startsWith(head) || !data.endsWith(tail)) return null;
    if (data.length < head.length + tail.length) return null;
    const text = data.slice(head.length, data.length - tail.length);
    return NOT_PLAIN.test(text) ? null : { kind: 'text', text };
  }

  /**
   * The texts of all events that `events` begins with and that differ only in them. What stands between two such texts
   * is always the same, and has line breaks and quotation marks, which no plain text has.
   */
  readAll(events: string): { text: string; characters: number } | null {
    if (this.parsed) this.learn(this.parsed);
    const { head, tail } = this;
    const first = FIELD + head;
    if (head === '' || !events.startsWith(first)) return null;
    const last = tail + EVENT_END;
    const texts = events.slice(first.length).split(last + first);
    const rest = texts.pop() as string;
    const end = rest.indexOf(last);
    if (end >= 0) texts.push(rest.slice(0, end));
    const plain = plainOf(texts);
    if (plain.length === 0) return null;
    const text = plain.join('');
    return { text, characters: text.length + plain.length * (first.length + last.length) };
  }

  /** The text of a parsed choice that has nothing else. */
  textOf(data: string, { delta, finish_reason, logprobs }: StreamChoice): StreamText | null {
    const { content } = delta;
    if (typeof content !== 'string' || finish_reason !== null || logprobs !== undefined)
      return null;
    for (const name in delta) if (name !== 'content' && name !== 'role') return null;
    this.parsed = { data, text: content };
    return { kind: 'text', text: content };
  }

  /** Remembers the chunk's form. */
  private learn({ data, text }: { data: string; text: string }): void {
    this.parsed = null;
    const written = NAME + JSON.stringify(text);
    const at = data.indexOf(written);
    if (at < 0 || data.indexOf(NAME, at + 1) >= 0) return;
    this.head = data.slice(0, at + NAME.length + 1);
    this.tail = data.slice(at + written.length - 1);
  }
}

/** Those before the first one that has to be parsed. */
function plainOf(texts: string[]): string[] {
  if (!NOT_PLAIN.test(texts.join(''))) return texts;
  return texts.slice(
    0,
    texts.findIndex(text => NOT_PLAIN.test(text)),
  );
}
