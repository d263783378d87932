// Gives up bodies that stop or are too slow, because each holds memory and a connection, and those that come in crumbs,
// because a piece of one byte costs as much as one of some kilobytes.

import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Within so many looks there must be so much more: 8 KiB for each second, a third of what a slow mobile connection sends.
 * With the second that a client has for the answer, and the one until the first look, it is gone after nine or ten.
 */
export const LOOK_EVERY_MS = 1_000;
export const LOOKS_A_WINDOW = 7;
export const LEAST_BYTES_A_WINDOW = 56 * 1024;
/** Beyond so many pieces they must have so many bytes each, on average. */
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

  /** False if the body is given up, with this piece or before. */
  add(bytes: number): boolean {
    if (this.isGivenUp) return false;
    this.bytes += bytes;
    this.pieces += 1;
    if (this.pieces <= FREE_PIECES) return true;
    if (this.bytes >= this.pieces * LEAST_BYTES_A_PIECE) return true;
    this.giveUp();
    return false;
  }

  /** Whether it comes too slowly. To be called every `LOOK_EVERY_MS`. */
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

/** End it with `unwatch`. All bodies share one timer: one for each would cost small requests too much. */
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
    // A thousand refusals in one turn would keep everybody else waiting.
    await nextTurn();
  }
}
