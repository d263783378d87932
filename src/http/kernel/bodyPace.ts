// Gives up bodies that stop or are too slow, because each holds memory and a connection, and those that come in crumbs,
// because a piece of one byte costs as much as one of some kilobytes.

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

  /** To be called every `LOOK_EVERY_MS`. */
  look(): void {
    this.looks += 1;
    if (this.bytes - this.bytesBefore >= LEAST_BYTES_A_WINDOW) {
      this.looks = 0;
      this.bytesBefore = this.bytes;
    } else if (this.looks >= LOOKS_A_WINDOW) this.giveUp();
  }

  private giveUp(): void {
    unwatch(this);
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
  timer ??= setInterval(lookAfterAll, LOOK_EVERY_MS).unref();
  return pace;
}

export function unwatch(pace: BodyPace): void {
  watched.delete(pace);
}

function lookAfterAll(): void {
  for (const pace of watched) pace.look();
  if (watched.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
