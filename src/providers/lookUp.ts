// Asks the upstream what a call used, after the call's end. The upstream knows it some seconds later.

import { type Cancellation, CancelledError } from '../domain/cancellation.js';
import type { TokenUsage, UpstreamFailure } from '../domain/chat.js';
import { pause } from './pause.js';
import type { UpstreamReply } from './wholeReply.js';

/** The pause before each try. */
const PAUSES_MS = [300, 700, 1_500, 3_000, 4_500];

/** Null if the upstream did not know it in time, or if the process ends. */
export async function askPatiently(
  ask: (timeoutMs: number) => Promise<UpstreamReply | UpstreamFailure>,
  read: (body: unknown) => TokenUsage | null,
  endsAtMs: number,
  closing: Cancellation,
): Promise<TokenUsage | null> {
  try {
    for (const pauseMs of PAUSES_MS) {
      const leftMs = endsAtMs - performance.now() - pauseMs;
      if (leftMs <= 0) return null;
      await pause(pauseMs, closing);
      const reply = await ask(leftMs);
      const tokens = reply.kind === 'reply' ? read(reply.body) : null;
      if (tokens) return tokens;
    }
    return null;
  } catch (error) {
    if (error instanceof CancelledError) return null;
    throw error;
  }
}
