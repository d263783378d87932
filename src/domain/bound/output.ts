// The most tokens that a piece of an answer can be, and the beginning of one that may only be so many.

import type { StreamPiece } from '../chat.js';

/** What begins and ends an answer is counted, and stands in no text. */
export const TOKENS_AROUND_ANSWER = 16;

/**
 * Its bytes: a token of every tokenizer is at least one byte of what it writes. What is no text counts as the JSON that
 * it is in.
 */
export function mostTokensOf({ choices }: StreamPiece): number {
  let bytes = 0;
  for (const { delta } of choices) bytes += bytesOf(delta);
  return bytes;
}

function bytesOf(delta: Record<string, unknown>): number {
  let bytes = 0;
  for (const name in delta) {
    const value = delta[name];
    if (value === null || value === undefined) continue;
    bytes += Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));
  }
  return bytes;
}

/** The beginning of it that has at most so many tokens. */
export function beginningOfPiece(piece: StreamPiece, tokens: number): StreamPiece {
  let left = tokens;
  const choices: StreamPiece['choices'] = [];
  for (const choice of piece.choices) {
    const bytes = bytesOf(choice.delta);
    if (bytes <= left) {
      choices.push(choice);
      left -= bytes;
      continue;
    }
    const { content } = choice.delta;
    const begun = typeof content === 'string' ? firstBytes(content, left) : '';
    if (begun !== '')
      choices.push({ index: choice.index, delta: { content: begun }, finish_reason: null });
    break;
  }
  return { ...piece, choices, hasContent: piece.hasContent && choices.length > 0 };
}

/** Without a character that would be cut in two. */
function firstBytes(text: string, most: number): string {
  const bytes = Buffer.from(text).subarray(0, Math.max(0, most));
  return new TextDecoder().decode(bytes, { stream: true });
}
