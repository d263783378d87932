// Gives up bodies that stop or are too slow, because each holds memory and a connection.

/** Each window must bring 8 KiB for each second, a third of what a slow mobile connection sends. */
export const WINDOW_MS = 10_000;
export const LEAST_BYTES_A_WINDOW = 80 * 1024;
const LOOK_EVERY_MS = 1_000;

/** The pace of one body. */
export class BodyPace {
  private bytes = 0;
  private bytesBefore = 0;
  /** Set at the first check. Most bodies have arrived before it, so they never read the clock. */
  private windowFrom: number | undefined;

  /** `giveUp` is called once, when the body is too slow. */
  constructor(private readonly giveUp: () => void) {}

  add(bytes: number): void {
    this.bytes += bytes;
  }

  /** `now` in milliseconds. */
  look(now: number): void {
    this.windowFrom ??= now;
    if (now - this.windowFrom < WINDOW_MS) return;
    if (this.bytes - this.bytesBefore < LEAST_BYTES_A_WINDOW) {
      unwatch(this);
      this.giveUp();
    }
    this.bytesBefore = this.bytes;
    this.windowFrom = now;
  }
}

const watched = new Set<BodyPace>();
let timer: NodeJS.Timeout | undefined;

/** End it with `unwatch`. All bodies share one timer: one for each would cost small requests too much. */
export function watchPace(giveUp: () => void): BodyPace {
  const pace = new BodyPace(giveUp);
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
