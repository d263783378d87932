// The body of a streamed reply, from its first piece to its end or to whoever gives it up.

import type { Dispatcher } from 'undici';
import type { UpstreamFailure } from '../domain/chat.js';
import type { Deadline } from './deadline.js';
import { failed } from './failure.js';
import type { UpstreamStream } from './port.js';
import { readStream } from './readStream.js';

export type OpenedStream = { kind: 'opened'; response: Dispatcher.ResponseData };

/**
 * Opens a stream and gives its pieces. While nobody asks for the next one, nothing is read and the
 * upstream has to wait.
 */
export async function* piecesOf(
  open: (signal: AbortSignal) => Promise<OpenedStream | UpstreamFailure>,
  startClock: () => Deadline,
): UpstreamStream {
  const deadline = startClock();
  let response: Dispatcher.ResponseData | undefined;
  let isWhole = false;
  try {
    const opened = await deadline.race(open(deadline.signal));
    if (opened.kind === 'failure') return opened;
    ({ response } = opened);
    // A whole stream leaves its connection usable: it is read to its end and not given up.
    const pieces = readStream(opened.response.body.iterator({ destroyOnReturn: false }));
    for (;;) {
      const step = await pieces.next().catch(deadline.failureOf);
      if ('kind' in step) return step;
      isWhole = step.done === true && step.value.kind === 'end';
      if (step.done) return step.value;
      yield step.value;
      // The time went by while the client did not read: that is no trouble of the upstream.
      if (deadline.isOver()) return { ...failed('slow_reader'), code: 'upstream_timeout' };
    }
  } finally {
    if (response && isWhole) readToEnd(response);
    else if (response) discard(response);
    deadline.release();
  }
}

const END_WITHIN_MS = 1_000;

function readToEnd(response: Dispatcher.ResponseData): void {
  const timer = setTimeout(() => response.body.destroy(), END_WITHIN_MS).unref();
  response.body
    .on('error', () => {})
    .on('close', () => clearTimeout(timer))
    .resume();
}

/** Gives up the connection rather than read what nobody wants, which may have no end. */
export function discard(response: Dispatcher.ResponseData): void {
  response.body.on('error', () => {}).destroy();
}
