// The pieces of a stream on their way: to the client one by one, or folded into one answer.

import type { AnyAnswer, AnyEnd, AnyPiece } from '../domain/call.js';
import type { Cancellation } from '../domain/cancellation.js';
import type { Model } from '../domain/catalog.js';
import type { StreamEnd, StreamPiece, UpstreamFailure } from '../domain/chat.js';
import { FoldedStream } from '../domain/foldStream.js';
import type { OpenStream, Reached } from '../providers/gateway.js';
import type { Metering } from './metering.js';

export type ReachedAnswer = Reached<AnyAnswer | AnyEnd>;

export interface Delivery {
  /** Requested when the client leaves, or when a shutdown stops waiting. */
  cancellation: Cancellation;
  /** Writes a piece of a stream once the client has room for it; false if the client is gone. */
  deliver(piece: AnyPiece, model: Model): boolean | Promise<boolean>;
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
      const isWritten = await deliver(step, model);
      if (isWritten) metering?.delivered(step);
      delivered.content ||= isWritten && step.hasContent;
      cancellation.throwIfRequested();
    }
  } finally {
    events.close();
  }
}

/** Reads a stream for a caller who wants one answer. A stream, when aborted, really stops the upstream's costs. */
export async function fold(
  opened: Reached<OpenStream> | UpstreamFailure,
  cancellation: Cancellation,
): Promise<ReachedAnswer | UpstreamFailure> {
  if (opened.kind === 'failure') return opened;
  const { result: events, model } = opened;
  const folded = new FoldedStream();
  try {
    for (;;) {
      const step = await events.next();
      cancellation.throwIfRequested();
      if (step.kind === 'failure') {
        events.brokeOff(step);
        return step;
      }
      // Only chats are folded.
      if (step.kind === 'end') {
        return { kind: 'reached', result: folded.answer(step as StreamEnd), model };
      }
      folded.add(step as StreamPiece);
    }
  } finally {
    events.close();
  }
}
