// How many bytes of bodies a process holds at a time, those of requests that wait for their answer included.
// Whoever shows no key shares a little; so nobody without one can fill the memory.

/** What a body may have without being counted: a small request is never refused for others' large ones. */
export const FREE_BYTES = 32 * 1024;

/** Bytes that are under way together. */
export class BodyBudget {
  private takenBytes = 0;

  constructor(private readonly mostBytes: number) {}

  /** False where there is no room; then nothing is taken. */
  take(bytes: number): boolean {
    if (this.takenBytes + bytes > this.mostBytes) return false;
    this.takenBytes += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.takenBytes -= bytes;
  }
}

/** Of callers that show no key in the headers. */
export const strangersBodies = new BodyBudget(64 * 1024 * 1024);
/** Of callers with a key that has a key's form. */
export const holdersBodies = new BodyBudget(192 * 1024 * 1024);
