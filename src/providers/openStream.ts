// A stream whose first piece has come: nothing is tried again from there on.

import type { UpstreamFailure } from '../domain/chat.js';
import type { StreamStep, UpstreamStream } from './port.js';

export interface OpenStream extends UpstreamStream {
  kind: 'stream';
}

/** Waits for the first piece: until then another key or model can still answer. */
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
    close: () => rest.close(),
  };
}

/** The same stream; `giveBack` is called once, when it is closed. */
export function givingBack(stream: OpenStream, giveBack: () => void): OpenStream {
  let isClosed = false;
  return {
    kind: 'stream',
    next: () => stream.next(),
    close() {
      stream.close();
      if (!isClosed) giveBack();
      isClosed = true;
    },
  };
}
