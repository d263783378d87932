// Limits the connections of a process, so that nobody takes all of them and the process has enough open files.

import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export const MOST_CONNECTIONS = 4_096;

interface Connection {
  /** The answer to the request under way; null if the connection is idle. */
  response: ServerResponse | null;
  /** The number of its last request, counted over all connections. */
  lastUse: number;
}

export class Connections {
  private readonly open = new Map<Duplex, Connection>();
  private uses = 0;
  private readonly end: (this: ServerResponse) => void;

  /** `onFull` is called whenever a connection is closed because there are too many. */
  constructor(
    private readonly most: number,
    private readonly onFull: () => void,
  ) {
    const { open } = this;
    this.end = function end(this: ServerResponse) {
      const connection = open.get(this.req.socket);
      if (connection?.response === this) connection.response = null;
    };
  }

  add(socket: Duplex): void {
    this.open.set(socket, { response: null, lastUse: ++this.uses });
    socket.once('close', () => this.open.delete(socket));
    if (this.open.size <= this.most) return;
    this.onFull();
    (this.longestIdle(socket) ?? socket).destroy();
  }

  /** Notes that a request has begun. */
  use(socket: Duplex, response: ServerResponse): void {
    const connection = this.open.get(socket);
    if (!connection) return;
    connection.response = response;
    connection.lastUse = ++this.uses;
    // Keeping the answer until the next request would make garbage collection cost a tenth of a chat more.
    response.on('close', this.end);
  }

  /** Whether an answer is being sent. Then nothing else may be written. */
  isAnswering(socket: Duplex): boolean {
    return this.open.get(socket)?.response?.headersSent === true;
  }

  private longestIdle(newest: Duplex): Duplex | undefined {
    let longest: Duplex | undefined;
    let firstUse = Number.POSITIVE_INFINITY;
    for (const [socket, { response, lastUse }] of this.open) {
      if (response !== null || lastUse >= firstUse || socket === newest) continue;
      longest = socket;
      firstUse = lastUse;
    }
    return longest;
  }
}

/** At most half of the limit of open files. The other half is for upstreams, database and files. */
export function connectionsWithin(wanted: number, limitsFile = '/proc/self/limits'): number {
  const openFiles = Number(/^Max open files +(\d+)/m.exec(readLimits(limitsFile))?.[1] ?? Infinity);
  return Math.min(wanted, Math.max(Math.floor(openFiles / 2), 1));
}

/** Empty if the system has no such file. */
function readLimits(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
