// A breaker for one API key and one model. After this pair has failed for several licenses, it sends no requests there
// for a while. The breakers of libraries count calls; this one counts licenses, also when it lets a few tries through
// while it is open (docs/decisions/0009-breakers-per-key-and-model.md).

/**
 * The breaker opens after this many licenses failed since the last success. While open, so many may try in each rest.
 */
const LICENSES = 3;
/** After the breaker opens, nobody tries for this long. */
const REST_MS = 5_000;
/** A failure older than this no longer counts. */
const MEMORY_MS = 60_000;

export class Breaker {
  private isOpen = false;
  private successes = 0;
  /** When each license last failed, of those that failed since the last success. */
  private readonly failedAtMs = new Map<string, number>();
  /** The time from which licenses may try again. `trying` has those that did since then. */
  private triesFromMs = 0;
  private readonly trying = new Set<string>();
  /** When it last failed or was last tried. */
  private touchedAtMs = 0;

  /** A request reads this at its beginning, and passes it to `fail`. */
  get mark(): number {
    return this.successes;
  }

  /** Checked first, so that the usual case does not read the clock. */
  get isClosed(): boolean {
    return !this.isOpen;
  }

  isResting(nowMs: number): boolean {
    return this.isOpen && nowMs - this.touchedAtMs <= MEMORY_MS;
  }

  /** Whether this license's request may be sent. While the breaker is open, each `true` uses up one of a few tries. */
  admits(license: string, nowMs: number): boolean {
    if (!this.isOpen) return true;
    if (!this.isResting(nowMs)) {
      this.close();
      return true;
    }
    if (nowMs < this.triesFromMs) return false;
    if (nowMs >= this.triesFromMs + REST_MS) {
      this.triesFromMs = nowMs;
      this.trying.clear();
    }
    // One try for each license, so that one that always fails cannot use up the tries.
    if (this.trying.size >= LICENSES || this.trying.has(license)) return false;
    this.trying.add(license);
    this.touchedAtMs = nowMs;
    return true;
  }

  succeed(): void {
    this.successes += 1;
    if (this.isOpen || this.failedAtMs.size > 0) this.close();
  }

  /**
   * Returns true when this failure opened the breaker. If others succeeded since this request began (`mark`), the
   * key and the model work, and the failure does not count: for example a timeout because of a long prompt.
   */
  fail(license: string, mark: number, nowMs: number): boolean {
    if (mark !== this.successes) return false;
    this.touchedAtMs = nowMs;
    if (this.isOpen) return false;
    for (const [other, atMs] of this.failedAtMs) {
      if (nowMs - atMs > MEMORY_MS) this.failedAtMs.delete(other);
    }
    this.failedAtMs.set(license, nowMs);
    if (this.failedAtMs.size < LICENSES) return false;
    this.isOpen = true;
    this.triesFromMs = nowMs + REST_MS;
    this.trying.clear();
    return true;
  }

  private close(): void {
    this.isOpen = false;
    this.failedAtMs.clear();
  }
}
