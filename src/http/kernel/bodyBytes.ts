// The bytes of a request's body: once, bounded, at a pace, within what a process holds of bodies.

import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type BodyBudget, FREE_BYTES, strangersBodies } from './bodyBudget.js';
import { unwatch, watchPace } from './bodyPace.js';
import { letBodyCome } from './leftover.js';

/** The client closed the connection before its request was complete: nobody waits for an answer. */
export class ClientLeftError extends Error {
  override name = 'ClientLeftError';
}

export interface Reading {
  mostBytes: number;
  /** Whose bytes they are counted with; strangers' otherwise. */
  budget?: BodyBudget | undefined;
  /** Looks at what has come so far, of which `length` bytes count; a refusal ends the reading. */
  look?(bytes: Buffer, length: number): Refusal | null;
}

export interface BodyBytes {
  kind: 'bytes';
  bytes: Buffer;
  /** To be called when the bytes are needed no longer; not there where they are too few to be counted. */
  release?: () => void;
}

const NO_ROOM_RETRY_SECONDS = 2;

/** The whole body, or why it is not read on. What is left of it is for whoever writes the answer. */
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
      pace.add(chunk.length);
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
      // Every request is closed in the end. One whose last bytes are there may still end before they are read.
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
 * Who says how long a body is gets room for so many times what has come: an image is collected with one copy of
 * half a megabyte. More would cost nothing by itself, untouched as it is; but once the allocator has seen large
 * pieces freed it takes the next ones from its heap, and unfinished bodies then leave that in shreds.
 */
const MOST_AHEAD = 4;
const LEAST_ROOM = 512 * 1024;

/**
 * Adds a piece to the bytes that have come, in a larger buffer where it does not fit. Pieces that are joined
 * at the end are there twice then, and to collect so many costs more than all else for an image.
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
