// Bodies that stop or crawl are given up: each holds memory and a connection.

/** Each window has to bring so much: 8 KiB a second, a third of what a slow mobile line sends. */
export const WINDOW_MS = 10_000;
export const LEAST_BYTES_A_WINDOW = 80 * 1024;
const LOOK_EVERY_MS = 1_000;

/** One body that comes in. */
export class BodyPace {
  private bytes = 0;
  private bytesBefore = 0;
  /** Not known before the first look: most bodies have come by then, and need no look at the clock. */
  private windowFrom: number | undefined;

  /** `giveUp` is called once, when the body comes too slowly. */
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

/** To be ended with `unwatch`. One timer looks after all: one for each would cost a small request too much. */
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
