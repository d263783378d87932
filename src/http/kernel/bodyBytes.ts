// Reads the bytes of a request's body, with limits for its size, its pace, and the memory of all bodies together.

import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type BodyBudget, FREE_BYTES, strangersBodies } from './bodyBudget.js';
import { unwatch, watchPace } from './bodyPace.js';
import { letBodyCome } from './leftover.js';

/** The client closed the connection before its request was complete, so nobody waits for an answer. */
export class ClientLeftError extends Error {
  override name = 'ClientLeftError';
}

export interface Reading {
  mostBytes: number;
  /** The budget in which the bytes count. Default: that of strangers. */
  budget?: BodyBudget | undefined;
  /** Called with what has arrived so far: the first `length` bytes. A refusal ends the reading. */
  look?(bytes: Buffer, length: number): Refusal | null;
}

export interface BodyBytes {
  kind: 'bytes';
  bytes: Buffer;
  /** Call it when the bytes are not needed any more. Absent if they are too few to be counted. */
  release?: () => void;
}

const NO_ROOM_RETRY_SECONDS = 2;

/** The whole body, or why the reading stopped. The function that writes the answer handles what is left of the body. */
export function readBytes(
  request: IncomingMessage,
  { mostBytes, budget = strangersBodies, look }: Reading,
): Promise<BodyBytes | Refusal> {
  const tooLarge = () => refuse('request_too_large', 'body_too_large', { mostBytes });
  const promised = Number(request.headers['content-length'] ?? 0);
  if (promised > mostBytes) return Promise.resolve(tooLarge());
  const roomFor = (needed: number) =>
    promised > 0
      ? Math.min(promised, Math.max(needed * MOST_AHEAD, LEAST_ROOM))
      : Math.min(mostBytes, needed * 2);
  return new Promise((resolve, reject) => {
    let bytes: Buffer = NOTHING;
    let length = 0;
    let counted = 0;
    const release = () => {
      budget.giveBack(counted);
      counted = 0;
    };
    const refuseRest = (refusal: Refusal) => {
      unwatch(pace);
      request.off('data', take).off('end', end).off('close', leave);
      request.pause();
      bytes = NOTHING;
      release();
      resolve(refusal);
    };
    const pace = watchPace(() => refuseRest(refuse('request_timeout', 'body_too_slow', {})));
    const take = (chunk: Buffer) => {
      if (length + chunk.length > mostBytes) return refuseRest(tooLarge());
      const uncounted = length + chunk.length - counted;
      if (counted > 0 || uncounted > FREE_BYTES) {
        if (!budget.take(uncounted)) return refuseRest(noRoom());
        counted += uncounted;
      }
      if (!pace.add(chunk.length)) return;
      bytes = length === 0 ? chunk : appended(bytes, length, chunk, roomFor);
      length += chunk.length;
      const refusal = look?.(bytes, length);
      if (refusal) refuseRest(refusal);
    };
    const end = () => {
      unwatch(pace);
      const whole = { kind: 'bytes' as const, bytes: bytes.subarray(0, length) };
      resolve(counted === 0 ? whole : { release, ...whole });
    };
    const leave = () => {
      // Every request is closed at some time. If its last bytes have arrived, they can still be read.
      if (request.readableEnded) return;
      unwatch(pace);
      release();
      reject(new ClientLeftError());
    };
    request.on('data', take).on('end', end).on('error', leave).on('close', leave);
    letBodyCome(request);
  });
}

function noRoom(): Refusal {
  const more = { retryAfterSeconds: NO_ROOM_RETRY_SECONDS };
  return refuse('service_unavailable', 'service_unavailable', {}, more);
}

const NOTHING = Buffer.alloc(0);
/**
 * The buffer for a body with a declared length is at most this many times as large as what has arrived. So an image is
 * collected with one copy of half a megabyte. Larger buffers would fragment the allocator's heap if bodies stay
 * unfinished.
 */
const MOST_AHEAD = 4;
const LEAST_ROOM = 512 * 1024;

/**
 * Appends a piece to the bytes that have arrived. If it does not fit, they move to a larger buffer. Joining all pieces
 * at the end would need twice the memory, and for an image more time than all the rest.
 */
function appended(
  bytes: Buffer,
  length: number,
  piece: Buffer,
  roomFor: (needed: number) => number,
): Buffer {
  const needed = length + piece.length;
  let roomy = bytes;
  if (needed > bytes.length) {
    roomy = Buffer.allocUnsafeSlow(roomFor(needed));
    bytes.copy(roomy, 0, 0, length);
  }
  piece.copy(roomy, length);
  return roomy;
}
