// Limits how many bytes of bodies a process holds at a time, including those of requests that wait for their answer.
// Callers without a key share a small part, so that they cannot fill the memory.

/** Bodies up to this size are not counted, so that small requests are never refused because of others' large ones. */
export const FREE_BYTES = 32 * 1024;

/** The bytes of all bodies that share a limit. */
export class BodyBudget {
  private takenBytes = 0;

  constructor(private readonly mostBytes: number) {}

  /** False if there is no room. Then nothing is taken. */
  take(bytes: number): boolean {
    if (this.takenBytes + bytes > this.mostBytes) return false;
    this.takenBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.takenBytes -= bytes;
  }
}

/** For callers without a key in the headers. */
export const strangersBodies = new BodyBudget(64 * 1024 * 1024);
/** For callers with a well-formed key. */
export const holdersBodies = new BodyBudget(192 * 1024 * 1024);
