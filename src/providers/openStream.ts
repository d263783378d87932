// A stream whose first piece has arrived. From then on nothing is tried again.

import type { TokenUsage, UpstreamFailure } from '../domain/chat.js';
import type { StreamStep, UpstreamStream } from './port.js';

/** Who wants to know how an open stream ends. */
export interface Watcher {
  /** Called once. */
  closed(): void;
  brokeOff(failure: UpstreamFailure): void;
}

/** Waits for the first piece. Before it, another key or model could still answer. */
export async function openStream(stream: UpstreamStream): Promise<OpenStream | UpstreamFailure> {
  const first = await stream.next();
  if (first.kind === 'failure') {
    stream.close();
    return first;
  }
  return new OpenStream(first, stream);
}

export class OpenStream implements UpstreamStream {
  readonly kind = 'stream';
  /** Set by the gateway, which has opened it. */
  watcher: Watcher | null = null;

  constructor(
    private first: StreamStep | null,
    private readonly rest: UpstreamStream,
  ) {}

  next(): Promise<StreamStep> {
    const { first } = this;
    if (!first) return this.rest.next();
    this.first = null;
    return Promise.resolve(first);
  }

  lookUp(): Promise<TokenUsage | null> {
    return this.rest.lookUp();
  }

  close(): void {
    this.rest.close();
    this.watcher?.closed();
    this.watcher = null;
  }

  /** To be called with the failure, if the stream ended with one. */
  brokeOff(failure: UpstreamFailure): void {
    this.watcher?.brokeOff(failure);
  }
}
