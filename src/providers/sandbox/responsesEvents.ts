// The events of a response: all the kinds that clients wait for.

import { type Fields, isRecord, listOf } from '../../domain/unknownJson.js';
import type { Answer } from './answer.js';
import type { SandboxRequest } from './request.js';
import { begunResponse, endedResponse, failureFor, itemsOf } from './responsesOutput.js';

type Event = Fields & { type: string };

/** Each event ends with a blank line. */
export function streamEvents(request: SandboxRequest, answer: Answer): string[] {
  return told(eventsOf(request, answer));
}

function told(events: Event[]): string[] {
  return events.map(({ type, ...data }, sequence_number) => {
    const json = JSON.stringify({ type, sequence_number, ...data });
    return `event: ${type}\ndata: ${json}\n\n`;
  });
}

function eventsOf(request: SandboxRequest, answer: Answer): Event[] {
  const { fault } = request;
  const begun = begunResponse(request, answer);
  const opening: Event[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
  ];
  const error = failureFor(request);
  const failed: Event = {
    type: 'response.failed',
    response: { ...begun, status: 'failed', error },
  };
  if (fault?.name === 'error') return [...opening, failed];
  if (fault?.name === 'choice-error') return [...opening, { type: 'error', ...error, param: null }];
  const output = fault?.name === 'empty' ? [] : itemsOf(request, answer);
  const response = endedResponse(request, answer, output);
  const all = [
    ...opening,
    ...output.flatMap(itemEvents),
    { type: `response.${response.status}`, response },
  ];
  return fault?.name === 'stream-error' ? [...all.slice(0, fault.amount), failed] : all;
}

function itemEvents(item: Fields, output_index: number): Event[] {
  const at = { item_id: item.id, output_index };
  return [
    { type: 'response.output_item.added', output_index, item: begunItem(item) },
    ...insideOf(item, at),
    { type: 'response.output_item.done', output_index, item },
  ];
}

function begunItem(item: Fields): Fields {
  const empty = { content: [], summary: [], arguments: '', input: '', encrypted_content: '' };
  const emptied = Object.entries(empty).filter(([name]) => item[name] !== undefined);
  const { result: _, ...begun } = item;
  return {
    ...begun,
    ...Object.fromEntries(emptied),
    ...(item.status !== undefined && { status: 'in_progress' }),
  };
}

function insideOf(item: Fields, at: Fields): Event[] {
  switch (item.type) {
    case 'message':
      return listOf(item.content)
        .filter(isRecord)
        .flatMap((part, index) => textEvents(part, index, at));
    case 'reasoning':
      return listOf(item.summary)
        .filter(isRecord)
        .flatMap((part, index) => summaryEvents(part, index, at));
    case 'function_call':
      return [
        ...halves(item.arguments).map(delta => ({
          type: 'response.function_call_arguments.delta',
          ...at,
          delta,
        })),
        {
          type: 'response.function_call_arguments.done',
          ...at,
          name: item.name,
          arguments: item.arguments,
        },
      ];
    case 'custom_tool_call':
      return [
        ...halves(item.input).map(delta => ({
          type: 'response.custom_tool_call_input.delta',
          ...at,
          delta,
        })),
        { type: 'response.custom_tool_call_input.done', ...at, input: item.input },
      ];
    default:
      return [];
  }
}

function textEvents(part: Fields, content_index: number, at: Fields): Event[] {
  const place = { ...at, content_index };
  const words = String(part.text).match(/\S+\s*/g) ?? [];
  return [
    { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
    ...words.map(delta => ({
      type: 'response.output_text.delta',
      ...place,
      delta,
      logprobs: [],
      obfuscation: 'x',
    })),
    { type: 'response.output_text.done', ...place, text: part.text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part },
  ];
}

function summaryEvents(part: Fields, summary_index: number, at: Fields): Event[] {
  const place = { ...at, summary_index };
  return [
    { type: 'response.reasoning_summary_part.added', ...place, part: { ...part, text: '' } },
    { type: 'response.reasoning_summary_text.delta', ...place, delta: part.text },
    { type: 'response.reasoning_summary_text.done', ...place, text: part.text },
    { type: 'response.reasoning_summary_part.done', ...place, part },
  ];
}

function halves(value: unknown): string[] {
  const text = String(value);
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)];
}
