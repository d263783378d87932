// Reads an upstream's answer in the form of Responses: whole, or event by event.

import { failed, type TokenUsage, type UpstreamFailure } from '../../domain/chat.js';
import type {
  NativeAnswer,
  NativeEvent,
  NativeEventReader,
  NativeRefusal,
  NativeStep,
} from '../../domain/native.js';
import { readTokens } from '../../domain/tokens.js';
import {
  type Fields,
  isFilled,
  isPresent,
  isRecord,
  listOf,
  recordOf,
  textOf,
} from '../../domain/unknownJson.js';
import { statusOfError } from '../../domain/upstreamError.js';
import { ItemIds } from './itemIds.js';
import { ItemPlaces, numberOf } from './itemPlaces.js';
import { Lifecycle } from './lifecycle.js';
import { completeItem, completePart, completeResponse, hasContent, inText } from './response.js';
import { kindOf } from './streamedTexts.js';

export function readAnswer(
  body: unknown,
  callId: string,
  echo: Fields,
): NativeAnswer | NativeRefusal | UpstreamFailure {
  if (!isRecord(body)) return failed('malformed');
  if (isPresent(body.error)) return refused(body.error);
  const { status = 'completed', output, usage } = body;
  if (status === 'failed') return refused({});
  if (status !== 'completed' && status !== 'incomplete') return failed('malformed');
  const tokens = readTokens(usage);
  const items = listOf(output).filter(isRecord);
  if (!items.some(hasContent) && !isComputed(body, tokens)) return failed('empty');
  const complete = completeResponse({ ...body, status }, new ItemIds(callId), callId, echo);
  return { kind: 'answer', body: complete, tokens };
}

/** Whether an answer without content was computed: it ended at the caller's limit, or used tokens. */
function isComputed({ status }: Fields, tokens: TokenUsage | null): boolean {
  return status === 'incomplete' || (tokens?.completionTokens ?? 0) > 0;
}

function refused(error: unknown): NativeRefusal {
  return { kind: 'refused', status: statusOfError(error), body: { error: recordOf(error) } };
}

export function startReading(callId: string, echo: Fields): NativeEventReader {
  const reading = new ResponseReading(callId, echo);
  return event => reading.read(event);
}

/** Events that bring more of the answer. */
const DELTA = /^response\.(?:.+)\.delta$/;

class ResponseReading {
  private readonly ids: ItemIds;
  private readonly lifecycle: Lifecycle;
  private readonly places = new ItemPlaces();
  private hasContent = false;

  constructor(
    private readonly callId: string,
    private readonly echo: Fields,
  ) {
    this.ids = new ItemIds(callId);
    this.lifecycle = new Lifecycle(this.ids, () => this.complete({}, 'in_progress'));
  }

  read({ name, data }: NativeEvent): NativeStep | NativeRefusal | UpstreamFailure {
    const type = typeof data.type === 'string' ? data.type : (name ?? '');
    switch (type) {
      case 'error':
        return refused(isRecord(data.error) ? data.error : data);
      case 'response.failed':
        return refused(recordOf(data.response).error);
      case 'response.completed':
      case 'response.incomplete':
        return this.readEnd(type, data);
      case 'response.output_item.added':
      case 'response.output_item.done':
        return this.readItem(type, data);
    }
    // Events that are not part of the answer concern only the operator.
    if (!type.startsWith('response.')) return NOTHING;
    if (isRecord(data.response)) {
      return this.step(type, { ...data, response: this.complete(data.response, 'in_progress') });
    }
    return this.readPart(type, data);
  }

  private readItem(type: string, data: Fields): NativeStep {
    const isDone = type.endsWith('.done');
    const output_index = this.places.ofItem(isDone, data);
    const item = this.ids.settle(recordOf(data.item), output_index);
    // When an item begins, only a call has content already: its name.
    const isContent = isDone ? hasContent(item) : /_call$/.test(textOf(item.type) ?? '');
    if (!isDone) return this.step(type, { ...data, output_index, item: begun(item) }, isContent);
    const done = this.lifecycle.filled(output_index, completeItem(item));
    return this.step(type, { ...data, output_index, item: done }, isContent);
  }

  private readPart(type: string, data: Fields): NativeStep {
    const { obfuscation: _, ...said } = data;
    const kind = kindOf(type, data);
    const place = this.places.ofText(kind?.itemType, data);
    const isOfItem = kind !== undefined || said.output_index !== undefined;
    if (place !== undefined && isOfItem) said.output_index = place;
    const id = this.ids.known(numberOf(said.output_index));
    if (id !== undefined && said.item_id !== undefined) said.item_id = id;
    if (type.startsWith('response.output_text.') && said.logprobs === undefined) said.logprobs = [];
    if (isRecord(said.arguments)) said.arguments = inText(said.arguments);
    if (isRecord(said.part)) said.part = completePart(said.part);
    const isContent = DELTA.test(type)
      ? isFilled(said.delta)
      : [said.text, said.refusal, said.arguments, said.input].some(isFilled);
    return this.step(type, said, isContent);
  }

  private readEnd(type: string, data: Fields): NativeStep | UpstreamFailure {
    const response = recordOf(data.response);
    const said = listOf(response.output).filter(isRecord);
    // Some upstreams send no output with the last event.
    const told = said.length === 0 ? this.lifecycle.output() : [];
    const output = said.length === 0 ? told.map(([, item]) => item) : said;
    const places = said.length === 0 ? told.map(([place]) => place) : this.places.ofOutput(said);
    const status = type.slice('response.'.length);
    const tokens = readTokens(response.usage);
    const isContent = this.hasContent || output.some(hasContent);
    if (!isContent && !isComputed({ status }, tokens)) return failed('empty');
    const complete = this.complete({ ...response, output }, status, places);
    complete.output = listOf(complete.output).map((item, index) =>
      this.lifecycle.filled(places[index] ?? index, recordOf(item)),
    );
    const step = this.step(type, { ...data, response: complete }, false, places);
    return { ...step, isEnd: true, tokens };
  }

  private complete(response: Fields, status: string, places?: number[]): Fields {
    return completeResponse({ ...response, status }, this.ids, this.callId, this.echo, places);
  }

  private step(type: string, data: Fields, isContent = false, places?: number[]): NativeStep {
    this.hasContent ||= isContent;
    const events = this.lifecycle.complete(type, data, places);
    return { kind: 'step', events, hasContent: isContent, isEnd: false, tokens: null };
  }
}

const NOTHING: NativeStep = {
  kind: 'step',
  events: [],
  hasContent: false,
  isEnd: false,
  tokens: null,
};

/** An item that has begun. */
function begun(item: Fields): Fields {
  const { status = 'in_progress' } = item;
  return item.type === 'reasoning'
    ? { ...item, summary: listOf(item.summary) }
    : { ...completeItem(item), status };
}
