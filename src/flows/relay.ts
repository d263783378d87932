// The pieces of a stream on their way: to the client one by one, or folded into one answer.

import type { AnyAnswer, AnyEnd, AnyPiece } from '../domain/call.js';
import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import { failed, type StreamEnd, type StreamPiece, type UpstreamFailure } from '../domain/chat.js';
import { FoldedStream } from '../domain/foldStream.js';
import type {
  NativeAnswer,
  NativeCall,
  NativeEnd,
  NativeEvent,
  NativePiece,
} from '../domain/native.js';
import type { OpenStream, Reached } from '../providers/gateway.js';
import type { Metering } from './metering.js';

export interface ReachedAnswer extends Reached<AnyAnswer | AnyEnd> {
  /** Set if the upstream was stopped because no more could be held. Then the end of its answer is not known. */
  isCutOff?: true;
}

export interface Delivery {
  /** Requested when the client leaves, or when a shutdown stops waiting. */
  cancellation: Cancellation;
  /** Writes a piece of a stream once the client has room for it; false if the client is gone. */
  deliver(piece: AnyPiece, model: Model): boolean | Promise<boolean>;
}

/** The end of an answer that is cut off. It looks as if the limit had been sent to the upstream. */
function cutOff(): StreamEnd {
  const lastChoice = { index: 0, delta: {}, finish_reason: 'length' } as const;
  return { kind: 'end', lastChoice, tokens: null };
}

/** Delivers pieces one at a time. While the client has no room, the upstream has to wait. */
export async function relay(
  opened: Reached<OpenStream> | UpstreamFailure,
  { cancellation, deliver }: Delivery,
  delivered: { content: boolean },
  begin: (model: Model) => void,
  metering: Metering | undefined,
): Promise<ReachedAnswer | UpstreamFailure> {
  if (opened.kind === 'failure') return opened;
  const { result: events, model } = opened;
  try {
    begin(model);
    for (;;) {
      const step = await events.next();
      if (step.kind === 'failure') {
        events.brokeOff(step);
        return step;
      }
      if (step.kind === 'end') return { kind: 'reached', result: step, model };
      const piece = metering ? await metering.heldFor(step) : step;
      const isWritten = await deliver(piece, model);
      if (isWritten) metering?.delivered(piece);
      delivered.content ||= isWritten && piece.hasContent;
      cancellation.throwIfRequested();
      if (piece !== step) return { kind: 'reached', result: cutOff(), model, isCutOff: true };
    }
  } finally {
    events.close();
  }
}

/** Delivers a whole answer as a stream, because the caller wants one and the model gives none. */
export async function relayWhole(
  reached: Reached<AnyAnswer> | UpstreamFailure,
  inEvents: NonNullable<NativeCall['inEvents']>,
  { cancellation, deliver }: Delivery,
  delivered: { content: boolean },
  begin: (model: Model) => void,
): Promise<ReachedAnswer | UpstreamFailure> {
  if (reached.kind === 'failure') return reached;
  const { pieces, end } = inEvents(reached.result as NativeAnswer);
  begin(reached.model);
  for (const piece of pieces) {
    const isWritten = await deliver(piece, reached.model);
    delivered.content ||= isWritten && piece.hasContent;
    cancellation.throwIfRequested();
  }
  return { ...reached, result: end };
}

/** Reads a stream into one answer. A stream is asked for because giving it up really stops its cost. */
export async function fold(
  opened: Reached<OpenStream> | UpstreamFailure,
  cancellation: Cancellation,
  native: NativeCall | undefined,
  metering: Metering | undefined,
): Promise<ReachedAnswer | UpstreamFailure> {
  if (opened.kind === 'failure') return opened;
  const { result: stream, model } = opened;
  const folding = native ? foldingOf(native) : foldingOfChat();
  try {
    for (;;) {
      const step = await stream.next();
      cancellation.throwIfRequested();
      if (step.kind === 'failure') {
        stream.brokeOff(step);
        return step;
      }
      if (step.kind === 'end') {
        const result = folding.answer(step);
        return result.kind === 'failure' ? result : { kind: 'reached', result, model };
      }
      const piece = metering ? await metering.heldFor(step) : step;
      folding.add(piece);
      metering?.delivered(piece);
      if (piece !== step) {
        const result = folding.answer(cutOff()) as AnyAnswer;
        return { kind: 'reached', result, model, isCutOff: true };
      }
    }
  } finally {
    stream.close();
  }
}

interface Folding {
  add(piece: AnyPiece): void;
  answer(end: AnyEnd): AnyAnswer | UpstreamFailure;
}

function foldingOfChat(): Folding {
  const folded = new FoldedStream();
  return {
    add: piece => folded.add(piece as StreamPiece),
    answer: end => folded.answer(end as StreamEnd),
  };
}

function foldingOf(native: NativeCall): Folding {
  const events: NativeEvent[] = [];
  return {
    add: piece => void events.push(...(piece as NativePiece).events),
    answer(end) {
      const { events: last, tokens } = end as NativeEnd;
      events.push(...last);
      return native.fold?.(events, tokens) ?? failed('malformed');
    },
  };
}
