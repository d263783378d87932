// The connections of a process: bounded, so that nobody takes them all, and the process never runs out of files.

import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export const MOST_CONNECTIONS = 4_096;

export class Connections {
  /** With the answer to the last request of each; the one that has asked for nothing for longest is first. */
  private readonly open = new Map<Duplex, ServerResponse | null>();

  /** `onFull` is told whenever one has to go. */
  constructor(
    private readonly most: number,
    private readonly onFull: () => void,
  ) {}

  add(socket: Duplex): void {
    this.open.set(socket, null);
    socket.once('close', () => this.open.delete(socket));
    if (this.open.size <= this.most) return;
    this.onFull();
    (this.longestIdle(socket) ?? socket).destroy();
  }

  /** A request has begun. */
  use(socket: Duplex, response: ServerResponse): void {
    this.open.delete(socket);
    this.open.set(socket, response);
  }

  /** Whether an answer is on its way: nothing else may be written between. */
  isAnswering(socket: Duplex): boolean {
    const response = this.open.get(socket);
    return response?.headersSent === true && !response.writableFinished;
  }

  private longestIdle(newest: Duplex): Duplex | undefined {
    for (const [socket, response] of this.open) {
      const isIdle = response === null || (response.writableFinished && response.req.complete);
      if (isIdle && socket !== newest) return socket;
    }
    return undefined;
  }
}

/** What the limit of open files leaves room for: the other half is for upstreams, database and files. */
export function connectionsWithin(wanted: number, limitsFile = '/proc/self/limits'): number {
  const openFiles = Number(/^Max open files +(\d+)/m.exec(readLimits(limitsFile))?.[1] ?? Infinity);
  return Math.min(wanted, Math.max(Math.floor(openFiles / 2), 1));
}

/** Empty where the system has no such file. */
function readLimits(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
