// The outline of a JSON text, read from its bytes before anything is parsed: how deep it is, how many values
// and names it has, and where its long texts lie. JSON.parse cannot be interrupted, and a body made for it
// keeps it busy for seconds. This scan costs a nanosecond a byte outside of texts, and next to nothing within
// them.

/** Nothing that a chat needs is nested deeper. */
export const DEEPEST = 100;
/** Numbers and literals. A list of 300,000 tokens still fits. */
export const MOST_SCALARS = 320_000;
/** The most characters of numbers and literals. Each digit costs when it is parsed, and again when it is sent on. */
export const MOST_SCALAR_BYTES = 2 * 1024 * 1024;
/** Lists, objects and texts. A name counts twice, because the parser may have to intern it. */
export const MOST_PARTS = 100_000;
/** Everything except long texts: more than any model reads in such small pieces. */
export const MOST_SHORT_BYTES = 5 * 1024 * 1024;
/** A text of at least this many bytes is long. */
export const LONG_BYTES = 4_096;

/** Where the bytes of a long text are, without its quotes. */
export interface LongTextPlace {
  from: number;
  to: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/**
 * Most texts end within this many bytes; for so few, calling the engine's search costs more than it saves.
 */
const NEAR_BYTES = 48;

export class JsonOutline {
  /** The deepest nesting so far. */
  depth = 0;
  /** Numbers and literals. */
  scalars = 0;
  /** Names included. */
  texts = 0;
  names = 0;
  /** Lists and objects. */
  containers = 0;
  readonly longTexts: LongTextPlace[] = [];
  private open = 0;
  private longBytes = 0;
  private scalarBytes = 0;
  private at = 0;
  /** Where the text that has not ended yet begins; -1 outside of texts. */
  private textFrom = -1;
  private isInScalar = false;

  /** Reads what is new of `bytes` up to `end`. The bytes that came before must still be there. */
  read(bytes: Buffer, end: number): void {
    const seen = end === bytes.length ? bytes : bytes.subarray(0, end);
    while (this.at < end) {
      if (this.textFrom < 0) this.readBetweenTexts(seen, end);
      else this.readText(seen, end);
    }
  }

  /** Whether what was read so far is already more than any real request has. */
  isTooMuch(): boolean {
    return (
      this.depth > DEEPEST ||
      this.scalars > MOST_SCALARS ||
      this.scalarBytes > MOST_SCALAR_BYTES ||
      this.texts + this.names + this.containers > MOST_PARTS ||
      this.shortBytes() > MOST_SHORT_BYTES
    );
  }

  private shortBytes(): number {
    const textBytes = this.textFrom < 0 ? 0 : this.at - this.textFrom;
    return this.at - this.longBytes - (textBytes < LONG_BYTES ? 0 : textBytes);
  }

  private readText(bytes: Buffer, end: number): void {
    const quote = closingQuote(bytes, this.at, end, this.textFrom);
    if (quote < 0) {
      this.at = end;
      return;
    }
    const length = quote - this.textFrom;
    if (length >= LONG_BYTES) {
      this.longTexts.push({ from: this.textFrom, to: quote });
      this.longBytes += length;
    }
    this.textFrom = -1;
    this.at = quote + 1;
  }

  private readBetweenTexts(bytes: Buffer, end: number): void {
    let at = this.at;
    while (at < end) {
      const kind = KINDS[bytes[at++] as number];
      if (kind === SCALAR) {
        this.scalarBytes++;
        if (!this.isInScalar) this.scalars++;
        this.isInScalar = true;
        continue;
      }
      this.isInScalar = false;
      if (kind === SPACE) continue;
      if (kind === TEXT) {
        this.texts++;
        this.textFrom = at;
        break;
      }
      if (kind === OPEN) {
        this.containers++;
        if (++this.open > this.depth) this.depth = this.open;
      } else if (kind === CLOSE) {
        this.open--;
      } else {
        // The text before the colon was a name.
        this.names++;
      }
    }
    this.at = at;
  }
}

const SCALAR = 0;
const SPACE = 1;
const TEXT = 2;
const OPEN = 3;
const CLOSE = 4;
const COLON = 5;
/**
 * What each byte means outside of texts. A comma counts as white space: both only end the value before them.
 */
const KINDS = new Uint8Array(256).fill(SCALAR);
for (const byte of Buffer.from(' \n\r\t,')) KINDS[byte] = SPACE;
for (const byte of Buffer.from('[{')) KINDS[byte] = OPEN;
for (const byte of Buffer.from(']}')) KINDS[byte] = CLOSE;
KINDS[QUOTE] = TEXT;
KINDS[':'.charCodeAt(0)] = COLON;

/** The first quote from `from` on that is not escaped; -1 where it has not arrived yet. */
function closingQuote(bytes: Buffer, from: number, end: number, textFrom: number): number {
  let at = from;
  for (;;) {
    const near = Math.min(end, at + NEAR_BYTES);
    while (at < near && bytes[at] !== QUOTE) at++;
    if (at === near) {
      if (at < end) at = bytes.indexOf(QUOTE, at);
      if (at < 0 || at === end) return -1;
    }
    if (!isEscaped(bytes, at, textFrom)) return at;
    at++;
  }
}

function isEscaped(bytes: Buffer, quote: number, textFrom: number): boolean {
  let at = quote;
  while (at > textFrom && bytes[at - 1] === BACKSLASH) at--;
  return (quote - at) % 2 === 1;
}
