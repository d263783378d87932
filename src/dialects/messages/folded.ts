// Puts a message together from the events of its stream.

import { failed, type TokenUsage, type UpstreamFailure } from '../../domain/chat.js';
import type { NativeAnswer, NativeEvent } from '../../domain/native.js';
import { listOf, parseJson, recordOf, textOf } from '../../domain/unknownJson.js';
import type { Fields } from '../openai/fields.js';

/** The deltas that continue a text, each with the field of the block that has the text. */
const CONTINUED = new Map<unknown, string>([
  ['text_delta', 'text'],
  ['thinking_delta', 'thinking'],
  ['signature_delta', 'signature'],
]);

export function foldMessage(
  events: NativeEvent[],
  tokens: TokenUsage | null,
): NativeAnswer | UpstreamFailure {
  let body: Fields | undefined;
  /** By their indexes, which the reader has corrected. */
  const blocks: Fields[] = [];
  /** The arguments of each call as JSON text, which is complete only when the block ends. */
  const inputs = new Map<Fields, string>();
  for (const { name, data } of events) {
    if (name === 'message_start') body = { ...recordOf(data.message) };
    else if (name === 'content_block_start') {
      blocks[Number(data.index)] = { ...recordOf(data.content_block) };
    } else if (name === 'content_block_delta') {
      addTo(blocks[Number(data.index)] ?? {}, recordOf(data.delta), inputs);
    } else if (name === 'message_delta') {
      const { delta, type: _, ...beside } = data;
      body = { ...body, ...recordOf(delta), ...beside };
    }
  }
  if (!body) return failed('malformed');
  // At the limit of tokens, an answer may end inside an input. The rest of the answer is whole, and is paid.
  for (const [block, text] of inputs) block.input = parseJson(text) ?? block.input ?? {};
  return { kind: 'answer', body: { ...body, content: blocks }, tokens };
}

function addTo(block: Fields, delta: Fields, inputs: Map<Fields, string>): void {
  const { type, ...said } = delta;
  const field = CONTINUED.get(type);
  if (field !== undefined)
    block[field] = (textOf(block[field]) ?? '') + (textOf(delta[field]) ?? '');
  else if (type === 'input_json_delta') {
    const more = textOf(said.partial_json);
    if (more) inputs.set(block, (inputs.get(block) ?? '') + more);
  } else if (type === 'citations_delta') {
    block.citations = [...listOf(block.citations), said.citation];
  } else {
    // Deltas that come in one piece, such as the summary of a conversation (`compaction_delta`).
    Object.assign(block, said);
  }
}
