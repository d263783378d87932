// Gives up bodies that stop or are too slow, because each holds memory and a connection, and those that come in crumbs,
// because a piece of one byte costs as much as one of some kilobytes.

/** Each window must bring 8 KiB for each second, a third of what a slow mobile connection sends. */
export const WINDOW_MS = 10_000;
export const LEAST_BYTES_A_WINDOW = 80 * 1024;
const LOOK_EVERY_MS = 1_000;
/** Beyond so many pieces they must have so many bytes each, on average. */
const FREE_PIECES = 20_000;
const LEAST_BYTES_A_PIECE = 64;

/** The pace of one body. */
export class BodyPace {
  private bytes = 0;
  private pieces = 0;
  private bytesBefore = 0;
  private isGivenUp = false;
  /** Set at the first check. Most bodies have arrived before it, so they never read the clock. */
  private windowFrom: number | undefined;

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

  /** `now` in milliseconds. */
  look(now: number): void {
    this.windowFrom ??= now;
    if (now - this.windowFrom < WINDOW_MS) return;
    if (this.bytes - this.bytesBefore < LEAST_BYTES_A_WINDOW) this.giveUp();
    this.bytesBefore = this.bytes;
    this.windowFrom = now;
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
  const now = performance.now();
  for (const pace of watched) pace.look(now);
  if (watched.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
