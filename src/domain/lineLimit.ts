// How often the log says the same: what happens a thousand times a second must not fill a disk.

const WINDOW_MS = 60_000;
/** The most lines of one kind in a minute. */
const MOST_OF_A_KIND = 5;
/** The most lines of all kinds together. */
const MOST = 60;
/** Kinds beyond this many are forgotten, which only makes them speak again. */
const MOST_KINDS = 500;

interface Kind {
  /** Which minute the lines were written in. */
  window: number;
  lines: number;
  /** Not written since the last line. */
  leftOut: number;
}

export class LineLimit {
  private readonly kinds = new Map<string, Kind>();
  private window = -1;
  private lines = 0;

  /** Null where the line is not to be written; else how many of its kind were left out before it. */
  take(name: string, nowMs: number): { leftOut: number } | null {
    const window = Math.floor(nowMs / WINDOW_MS);
    if (this.window !== window) {
      this.window = window;
      this.lines = 0;
    }
    const kind = this.kindOf(name);
    if (kind.window !== window) {
      kind.window = window;
      kind.lines = 0;
    }
    if (kind.lines >= MOST_OF_A_KIND || this.lines >= MOST) {
      kind.leftOut += 1;
      return null;
    }
    kind.lines += 1;
    this.lines += 1;
    const { leftOut } = kind;
    kind.leftOut = 0;
    return { leftOut };
  }

  private kindOf(name: string): Kind {
    let kind = this.kinds.get(name);
    if (!kind) {
      if (this.kinds.size >= MOST_KINDS) this.kinds.clear();
      kind = { window: -1, lines: 0, leftOut: 0 };
      this.kinds.set(name, kind);
    }
    return kind;
  }
}
