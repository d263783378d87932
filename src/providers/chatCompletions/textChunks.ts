// Reads chunks that bring text and nothing else. Within one stream such chunks differ only in the text, so most need
// no parsing as JSON. Parsing would double the work for each chunk.

import type { StreamChoice } from '../../domain/chat.js';
import type { StreamText } from '../port.js';

/** Characters that need an escape in a JSON string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the expression looks for control characters.
const NOT_PLAIN = /[\u0000-\u001f"\\]/;
const NAME = '"content":';

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
