// Writes lines to a file descriptor without ever keeping a request waiting: in the background, several lines at a
// time, and not at all while too many wait (docs/decisions/0058-the-request-log.md).

import { type write, writeSync } from 'node:fs';

/** What a pipe takes in one piece: the lines of several processes on one pipe are not mixed. */
export const MOST_OF_MANY = 4_096;
/** Of a process that has its pipe for itself: a write costs more than what is written. */
export const MOST_OF_ONE = 32_768;
/** Lines that may wait are written when they have this share of a piece together, or after `SOON_MS`. */
const ENOUGH = 0.75;
const SOON_MS = 500;
/** While a reader does not read, at most this many characters wait. Further lines are lost, and counted. */
const MOST_WAITING = 4 * 1024 * 1024;
const AGAIN_MS = 50;

export class LogOutput {
  /** Whole pieces in their order, then the one that still grows. */
  private readonly pieces: string[] = [];
  private growing = '';
  private waitingCharacters = 0;
  private isWriting = false;
  private timer: NodeJS.Timeout | undefined;
  private lostLines = 0;
  private untoldLines = 0;

  /** `writeTo`: `fs.write`. `most`: characters of a piece. */
  constructor(
    private readonly fd: number,
    private readonly writeTo: typeof write,
    private readonly most: number,
  ) {}

  /** How many lines were lost since the start. */
  get lost(): number {
    return this.lostLines;
  }

  /** Writes the line now, after those that wait. */
  write(line: string): void {
    this.add(line);
    this.start();
  }

  /** Writes the line soon, together with others. */
  writeSoon(line: string): void {
    this.add(line);
    if (this.waitingCharacters >= this.most * ENOUGH) this.start();
    else this.timer ??= setTimeout(() => this.start(), SOON_MS).unref();
  }

  /** For the end of the process: writes what waits and returns when it is written, or cannot be. */
  writeRest(): void {
    try {
      for (let piece = this.take(); piece !== undefined; piece = this.take()) {
        writeSync(this.fd, piece);
      }
    } catch {
      // The disk is full, or nothing reads. There is no place to report it.
    }
  }

  private add(line: string): void {
    if (this.waitingCharacters + line.length > MOST_WAITING) {
      this.lostLines += 1;
      this.untoldLines += 1;
      return;
    }
    if (this.growing.length + line.length > this.most) {
      if (this.growing !== '') this.pieces.push(this.growing);
      this.growing = line;
    } else this.growing += line;
    this.waitingCharacters += line.length;
  }

  private take(): string | undefined {
    let piece = this.pieces.shift();
    if (piece === undefined && this.growing !== '') {
      piece = this.growing;
      this.growing = '';
    }
    if (piece !== undefined) this.waitingCharacters -= piece.length;
    return piece;
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.isWriting) return;
    const piece = this.take();
    if (piece === undefined) return;
    this.isWriting = true;
    this.writeBytes(Buffer.from(piece));
  }

  private writeBytes(bytes: Buffer): void {
    this.writeTo(this.fd, bytes, 0, bytes.length, null, (error, written) => {
      if (error?.code === 'EAGAIN') {
        setTimeout(() => this.writeBytes(bytes), AGAIN_MS).unref();
      } else if (!error && written < bytes.length) {
        this.writeBytes(bytes.subarray(written));
      } else {
        this.isWriting = false;
        if (error) this.lose(bytes);
        else this.tellOfLost();
        this.start();
      }
    });
  }

  private lose(bytes: Buffer): void {
    const lines = bytes.toString().split('\n').length - 1;
    this.lostLines += lines;
    this.untoldLines += lines;
  }

  private tellOfLost(): void {
    if (this.untoldLines === 0) return;
    const lines = this.untoldLines;
    this.untoldLines = 0;
    const said = { level: 40, time: Date.now(), lines, msg: 'lines of this log were lost' };
    this.add(`${JSON.stringify(said)}\n`);
  }
}
