// Whether a key that fails with a model is left alone for a while. It opens by how many licenses failed,
// and who may try it while it is open depends on the license too: the breakers of libraries know calls
// alone (docs/decisions/0009-breakers-per-key-and-model.md).

/** So many licenses must have failed since the last success; and so many may try in each rest. */
const LICENSES = 3;
/** For this long nobody tries. */
const REST_MS = 5_000;
/** A failure says nothing about what comes this much later. */
const MEMORY_MS = 60_000;

export class Breaker {
  private isOpen = false;
  private successes = 0;
  /** Of the licenses that failed since the last success, when they did last. */
  private readonly failedAtMs = new Map<string, number>();
  /** When the licenses in `trying` may try, or could first do so. */
  private triesFromMs = 0;
  private readonly trying = new Set<string>();
  /** When it was last seen to fail, or tried. */
  private touchedAtMs = 0;

  /** Told to `fail` by who began now. */
  get mark(): number {
    return this.successes;
  }

  /** Costs no look at the clock where nothing is wrong. */
  get isClosed(): boolean {
    return !this.isOpen;
  }

  isResting(nowMs: number): boolean {
    return this.isOpen && nowMs - this.touchedAtMs <= MEMORY_MS;
  }

  /** Whether this license's request may be sent. While it is open, a true is one of few tries. */
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
    // One try each: whoever always fails takes nobody else's.
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
   * True when that opened it. What succeeded for others since this request began (`mark`) did not fail
   * because of the key or the model: a long prompt's timeout, for one.
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
