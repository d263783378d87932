// Repairs the blocks of an answer so that clients can read them. Some upstreams leave out a block's index, its
// beginning or end, or the id of a call.

import type { NativeEvent } from '../../domain/native.js';
import { isFilled, parseJson, recordOf } from '../../domain/unknownJson.js';
import type { Fields } from '../openai/fields.js';

/** The block with what its type requires. A call without an id gets one that is made from the request's id. */
export function completeBlock(block: Fields, place: number, callId: string): Fields {
  if (block.type !== 'tool_use') return block;
  const id = isFilled(block.id) ? block.id : `toolu_${callId.replaceAll('-', '')}${place}`;
  return Object.assign({}, block, { id, input: inputOf(block.input) });
}

/** A tool's input is an object. Some upstreams leave it out, or write it as a JSON text. */
function inputOf(input: unknown): Fields {
  return recordOf(typeof input === 'string' ? parseJson(input) : input);
}

/** Why an answer ended. Clients run its calls only if this is `tool_use`. */
export function stopReasonOf(given: unknown, hasCalls: boolean): unknown {
  const isPlain = given === undefined || given === null || given === 'end_turn';
  if (!isPlain) return given;
  return hasCalls ? 'tool_use' : 'end_turn';
}

const THINKING = { type: 'thinking', thinking: '', signature: '' };
const BLOCK_OF_DELTA = new Map<unknown, Fields>([
  ['text_delta', { type: 'text', text: '' }],
  ['thinking_delta', THINKING],
  ['signature_delta', THINKING],
]);

interface OpenBlock {
  place: number;
  /** The input that came with the beginning of a call. It is sent as a delta, because clients read only deltas. */
  input: string | null;
}

/** Numbers the blocks of one stream from 0, without gaps, and lets each begin and end once. */
export class StreamedBlocks {
  hasCalls = false;
  private count = 0;
  /** The blocks that are open, by the upstream's indexes. */
  private readonly open = new Map<unknown, OpenBlock>();

  constructor(private readonly callId: string) {}

  /** The event of a block, after those that are missing before it. */
  read(event: NativeEvent): NativeEvent[] {
    const { name, data } = event;
    switch (name) {
      case 'content_block_start':
        return this.begin(data, recordOf(data.content_block));
      case 'content_block_delta': {
        const begun = this.beginningFor(data);
        const block = this.blockOf(data);
        if (!block) return [];
        if (isFilled(recordOf(data.delta).partial_json)) block.input = null;
        return [...begun, at(block.place, event)];
      }
      case 'content_block_stop': {
        const block = this.blockOf(data);
        return block ? this.end(block, data) : [];
      }
      default:
        return [event];
    }
  }

  /** Ends the blocks that are open. */
  endAll(): NativeEvent[] {
    return [...this.open.values()].flatMap(block => this.end(block));
  }

  /** Without an index: the newest block. */
  private blockOf({ index }: Fields): OpenBlock | undefined {
    return index === undefined ? [...this.open.values()].at(-1) : this.open.get(index);
  }

  private begin(data: Fields, given: Fields): NativeEvent[] {
    const same = this.open.get(data.index);
    const ended = same ? this.end(same) : [];
    const place = this.count;
    this.count += 1;
    let block = completeBlock(given, place, this.callId);
    const begun: OpenBlock = { place, input: null };
    this.open.set(data.index, begun);
    if (block.type === 'tool_use') {
      this.hasCalls = true;
      const input = JSON.stringify(block.input);
      if (input !== '{}') begun.input = input;
      block = Object.assign({}, block, { input: {} });
    }
    const started = Object.assign({}, data, { content_block: block });
    return [...ended, at(place, { name: 'content_block_start', data: started })];
  }

  /** Begins a block for a delta that has none. A call cannot begin like that, because its name is not known. */
  private beginningFor({ index, delta }: Fields): NativeEvent[] {
    if (this.blockOf({ index })) return [];
    const block = BLOCK_OF_DELTA.get(recordOf(delta).type);
    return block ? this.begin({ index }, block) : [];
  }

  private end(block: OpenBlock, data: Fields = {}): NativeEvent[] {
    const { place, input } = block;
    for (const [number, one] of this.open) if (one === block) this.open.delete(number);
    const stop = at(place, { name: 'content_block_stop', data });
    if (input === null) return [stop];
    const delta = { type: 'input_json_delta', partial_json: input };
    return [at(place, { name: 'content_block_delta', data: { delta } }), stop];
  }
}

function at(index: number, event: NativeEvent): NativeEvent {
  const { name, data } = event;
  return data.index === index ? event : { name, data: Object.assign({}, data, { index }) };
}
