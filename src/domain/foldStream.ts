// A stream for a caller who wants one answer: its pieces are put together as they come.

import type {
  AssistantMessage,
  StreamChoice,
  StreamEnd,
  StreamPiece,
  ToolCall,
  UpstreamAnswer,
} from './chat.js';
import { isRecord, listOf, withoutNulls } from './unknownJson.js';

/** Texts that come in parts, as the content does; whatever else a delta has, the last one counts. */
const TEXTS = ['reasoning', 'reasoning_content', 'refusal'];
const LISTS = ['images', 'annotations'];

export class FoldedStream {
  private content: string | null = null;
  /** What else its message has. */
  private readonly message: Record<string, unknown> = {};
  private calls: Map<number, ToolCall> | undefined;
  private details: Map<string, Record<string, unknown>> | undefined;
  private logprobs: Map<string, unknown[]> | undefined;

  add({ choices }: StreamPiece): void {
    for (const choice of choices) this.addChoice(choice);
  }

  /** The whole answer, once its end has come. */
  answer({ lastChoice, tokens, beside }: StreamEnd): UpstreamAnswer {
    this.addChoice(lastChoice);
    const { content, calls, details, logprobs } = this;
    const message: AssistantMessage = { ...this.message, role: 'assistant', content };
    if (calls) message.tool_calls = inOrder(calls);
    if (details) message.reasoning_details = [...details.values()];
    const finishReason = lastChoice.finish_reason ?? 'stop';
    const answer: UpstreamAnswer = { kind: 'answer', message, finishReason, tokens };
    if (logprobs) answer.logprobs = Object.fromEntries(logprobs);
    if (beside) answer.beside = beside;
    return answer;
  }

  private addChoice({ delta, logprobs }: StreamChoice): void {
    for (const name in delta) {
      const value = delta[name];
      if (value === null || value === undefined || name === 'role') continue;
      if (name === 'content') this.content = (this.content ?? '') + textOf(value);
      else if (name === 'tool_calls') this.addCalls(value);
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
      if (!Array.isArray(list)) continue;
      this.logprobs ??= new Map();
      this.logprobs.set(name, [...(this.logprobs.get(name) ?? []), ...list]);
    }
  }

  /** A call's first piece has its id and name; the others continue its arguments. */
  private addCalls(pieces: unknown): void {
    for (const piece of listOf(pieces)) {
      if (!isRecord(piece)) continue;
      const { index, function: called, ...more } = piece;
      this.calls ??= new Map();
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
      this.details ??= new Map();
      const key = JSON.stringify([piece.type, piece.index ?? this.details.size]);
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
