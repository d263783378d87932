// A stream for a caller who wants one answer: its pieces are put together as they come.

import type { StreamChoice, StreamEnd, StreamPiece, ToolCall, UpstreamAnswer } from './chat.js';
import { isRecord, listOf, withoutNulls } from './unknownJson.js';

/** Texts that come in parts; whatever else a delta has, the last one counts. */
const TEXTS = ['content', 'reasoning', 'reasoning_content', 'refusal'];
const LISTS = ['images', 'annotations'];

export class FoldedStream {
  private readonly message: Record<string, unknown> = {};
  private readonly calls = new Map<number, ToolCall>();
  private readonly details = new Map<string, Record<string, unknown>>();
  private readonly logprobs: Record<string, unknown[]> = {};

  add({ choices }: StreamPiece): void {
    for (const choice of choices) this.addChoice(choice);
  }

  /** The whole answer, once its end has come. */
  answer({ lastChoice, tokens, beside }: StreamEnd): UpstreamAnswer {
    this.addChoice(lastChoice);
    const { content = null, ...more } = this.message;
    const calls = inOrder(this.calls);
    const details = [...this.details.values()];
    return {
      kind: 'answer',
      message: {
        ...more,
        role: 'assistant',
        content: content as string | null,
        ...(calls.length > 0 && { tool_calls: calls }),
        ...(details.length > 0 && { reasoning_details: details }),
      },
      finishReason: lastChoice.finish_reason ?? 'stop',
      tokens,
      ...(Object.keys(this.logprobs).length > 0 && { logprobs: this.logprobs }),
      ...(beside && { beside }),
    };
  }

  private addChoice({ delta, logprobs }: StreamChoice): void {
    for (const name in delta) {
      const value = delta[name];
      if (value === null || value === undefined || name === 'role') continue;
      if (name === 'tool_calls') this.addCalls(value);
      else if (name === 'reasoning_details') this.addDetails(value);
      else if (name === 'audio') this.addAudio(value);
      else if (TEXTS.includes(name))
        this.message[name] = textOf(this.message[name]) + textOf(value);
      else if (LISTS.includes(name) && Array.isArray(value)) {
        this.message[name] = [...listOf(this.message[name]), ...value];
      } else this.message[name] = value;
    }
    if (!isRecord(logprobs)) return;
    for (const [name, list] of Object.entries(logprobs)) {
      if (Array.isArray(list)) this.logprobs[name] = [...(this.logprobs[name] ?? []), ...list];
    }
  }

  /** A call's first piece has its id and name; the others continue its arguments. */
  private addCalls(pieces: unknown): void {
    for (const piece of listOf(pieces)) {
      if (!isRecord(piece)) continue;
      const { index, function: called, ...more } = piece;
      const at = typeof index === 'number' ? index : this.calls.size;
      const { name, arguments: written } = isRecord(called) ? called : {};
      const known = this.calls.get(at);
      if (known) {
        Object.assign(known, withoutNulls(more));
        known.function.name ||= textOf(name);
        known.function.arguments += textOf(written);
        continue;
      }
      const made = { name: textOf(name), arguments: textOf(written) };
      this.calls.set(at, { id: '', type: 'function', ...withoutNulls(more), function: made });
    }
  }

  /** Parts of one thought have one index; their texts continue each other, and the signature comes last. */
  private addDetails(pieces: unknown): void {
    for (const piece of listOf(pieces)) {
      if (!isRecord(piece)) continue;
      const key = `${piece.type} ${piece.index ?? this.details.size}`;
      const known = this.details.get(key);
      if (!known) {
        this.details.set(key, { ...piece });
        continue;
      }
      for (const [name, value] of Object.entries(piece)) {
        const continues = ['text', 'summary', 'data'].includes(name) && typeof value === 'string';
        known[name] = continues ? textOf(known[name]) + value : (value ?? known[name]);
      }
    }
  }

  private addAudio(piece: unknown): void {
    if (!isRecord(piece)) return;
    const known = isRecord(this.message.audio) ? this.message.audio : {};
    const { data, transcript, ...more } = piece;
    this.message.audio = {
      ...known,
      ...more,
      ...(data !== undefined && { data: textOf(known.data) + textOf(data) }),
      ...(transcript !== undefined && {
        transcript: textOf(known.transcript) + textOf(transcript),
      }),
    };
  }
}

function inOrder(calls: Map<number, ToolCall>): ToolCall[] {
  return [...calls].sort(([one], [other]) => one - other).map(([, call]) => call);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
