// Gives up bodies that are too slow, because each holds memory and a connection. Also gives up bodies that arrive in
// tiny pieces, because a piece of one byte costs as much as one of some kilobytes.

import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Each body is looked at every second. Within seven looks, 56 KiB more must have arrived: 8 KiB a second, a third of
 * what a slow mobile connection sends. A client that is too slow is gone after nine or ten seconds: up to one until the
 * first look, seven for the looks, and one to read the answer.
 */
export const LOOK_EVERY_MS = 1_000;
export const LOOKS_A_WINDOW = 7;
export const LEAST_BYTES_A_WINDOW = 56 * 1024;
/** A body of more pieces than this must have at least so many bytes in each, on average. */
const FREE_PIECES = 20_000;
const LEAST_BYTES_A_PIECE = 64;

/** The pace of one body. */
export class BodyPace {
  private bytes = 0;
  private pieces = 0;
  private isGivenUp = false;
  /** The looks since the window began, and the bytes then. */
  private looks = 0;
  private bytesBefore = 0;

  /** `stop` is called once, when the body is given up. */
  constructor(private readonly stop: () => void) {}

  /** False if the body is given up, now or before. */
  add(bytes: number): boolean {
    if (this.isGivenUp) return false;
    this.bytes += bytes;
    this.pieces += 1;
    if (this.pieces <= FREE_PIECES) return true;
    if (this.bytes >= this.pieces * LEAST_BYTES_A_PIECE) return true;
    this.giveUp();
    return false;
  }

  /** Whether the body arrives too slowly. Must be called every `LOOK_EVERY_MS`. */
  isTooSlow(): boolean {
    this.looks += 1;
    if (this.bytes - this.bytesBefore >= LEAST_BYTES_A_WINDOW) {
      this.looks = 0;
      this.bytesBefore = this.bytes;
    }
    return this.looks >= LOOKS_A_WINDOW;
  }

  /** Does nothing for a body that has ended. */
  giveUp(): void {
    if (!watched.delete(this)) return;
    this.isGivenUp = true;
    this.stop();
  }
}

const watched = new Set<BodyPace>();
let timer: NodeJS.Timeout | undefined;

/**
 * Call `unwatch` when the body has ended. All bodies share one timer, because a timer of its own would make a small
 * request dearer.
 */
export function watchPace(stop: () => void): BodyPace {
  const pace = new BodyPace(stop);
  watched.add(pace);
  timer ??= setInterval(() => void lookAfterAll(), LOOK_EVERY_MS).unref();
  return pace;
}

export function unwatch(pace: BodyPace): void {
  watched.delete(pace);
}

async function lookAfterAll(): Promise<void> {
  if (watched.size === 0) {
    clearInterval(timer);
    timer = undefined;
  }
  for (const pace of [...watched].filter(one => one.isTooSlow())) {
    pace.giveUp();
    // One refusal a turn, because a thousand in one turn would keep everybody else waiting.
    await nextTurn();
  }
}
