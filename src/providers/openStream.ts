// A stream whose first piece has arrived. From then on nothing is tried again.

import type { UpstreamFailure } from '../domain/chat.js';
import type { StreamStep, UpstreamStream } from './port.js';

export interface OpenStream extends UpstreamStream {
  kind: 'stream';
  /** To be called with the failure, if the stream ended with one. */
  brokeOff(failure: UpstreamFailure): void;
}

/** Waits for the first piece. Before it, another key or model could still answer. */
export async function openStream(stream: UpstreamStream): Promise<OpenStream | UpstreamFailure> {
  const first = await stream.next();
  if (first.kind === 'failure') {
    stream.close();
    return first;
  }
  return beginningWith(first, stream);
}

function beginningWith(first: StreamStep, rest: UpstreamStream): OpenStream {
  let isFirst = true;
  return {
    kind: 'stream',
    next() {
      if (!isFirst) return rest.next();
      isFirst = false;
      return Promise.resolve(first);
    },
    lookUp: () => rest.lookUp(),
    close: () => rest.close(),
    brokeOff: () => {},
  };
}

/** The same stream; `closed` is called once. */
export function watched(
  stream: OpenStream,
  told: { closed(): void; brokeOff(failure: UpstreamFailure): void },
): OpenStream {
  let isClosed = false;
  return {
    kind: 'stream',
    next: () => stream.next(),
    lookUp: () => stream.lookUp(),
    close() {
      stream.close();
      if (!isClosed) told.closed();
      isClosed = true;
    },
    brokeOff: told.brokeOff,
  };
}
