// Reads a reply that is a file, such as speech. Its bytes are passed on as they arrive.

import { failed, type UpstreamFailure } from '../domain/chat.js';
import type { NativeEnd, NativePiece } from '../domain/native.js';
import type { Reading } from './eventReading.js';

/** The last bytes are held back until the charge, so that nobody has the whole file before it is charged. */
export class FileReader implements Reading {
  readonly wanted = /^(?:audio\/|video\/|image\/|application\/octet-stream$)/;
  end: NativeEnd | UpstreamFailure | null = null;
  waitingBytes = 0;
  private readonly ready: Buffer[] = [];
  private last: Buffer | null = null;

  feed(bytes: Buffer): void {
    if (this.end || bytes.length === 0) return;
    if (this.last) {
      this.ready.push(this.last);
      this.waitingBytes += this.last.length;
    }
    this.last = bytes;
  }

  takePiece(): NativePiece | null {
    if (this.ready.length === 0) return null;
    const bytes = Buffer.concat(this.ready.splice(0));
    this.waitingBytes = 0;
    return { kind: 'piece', events: [], hasContent: true, bytes };
  }

  endOfReply(): void {
    const { last } = this;
    this.end ??= last ? { kind: 'end', events: [], tokens: null, bytes: last } : failed('empty');
  }
}
