// The connections of a process: bounded, so that nobody takes them all, and the process never runs out of files.
// Whoever does not take an answer is sent away, because its connection is never idle.

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { readSystemFile } from './systemFile.js';
import { unacknowledgedBytes } from './unacknowledged.js';

export const MOST_CONNECTIONS = 4_096;
export const LOOK_EVERY_MS = 1_000;
/** So many looks without a byte taken. */
const MOST_LOOKS = 10;
/** The look at which it is noted what the system still keeps for the client. Most waits are over before. */
const NOTED_AT_LOOK = 2;

interface Connection {
  /** The answer to the request under way; null if the connection is idle. */
  response: ServerResponse | null;
  /** The number of its last request, counted over all connections. */
  lastUse: number;
  /** The bytes that the system had taken at the last look, and the looks since it took some. */
  taken: number;
  looks: number;
  /** What the system kept for the client at `NOTED_AT_LOOK`. */
  kept: number | undefined;
}

/** Node's own; it has no public name for how much of a large piece is gone. */
interface Handle {
  fd: number;
  bytesWritten: number;
  writeQueueSize: number;
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
    const unused = { response: null, taken: 0, looks: 0, kept: undefined };
    this.open.set(socket, { ...unused, lastUse: ++this.uses });
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

  /**
   * Closes those that take nothing. To be called every `LOOK_EVERY_MS`. A client that reads slowly lets the system keep
   * much for it, and Node sees that move only after a long time: so what the system keeps is compared too.
   */
  closeStalled(): void {
    const inQuestion = new Map<number, { socket: Duplex; connection: Connection }>();
    for (const [socket, connection] of this.open) {
      const {
        fd = -1,
        bytesWritten = 0,
        writeQueueSize = 0,
      } = (socket as { _handle?: Handle | null })._handle ?? {};
      const taken = bytesWritten - writeQueueSize;
      const isWaiting = writeQueueSize > 0 && taken === connection.taken;
      connection.looks = isWaiting ? connection.looks + 1 : 0;
      connection.taken = taken;
      const { looks } = connection;
      if (looks === NOTED_AT_LOOK || looks >= MOST_LOOKS)
        inQuestion.set(fd, { socket, connection });
    }
    if (inQuestion.size === 0) return;
    const kept = unacknowledgedBytes([...inQuestion.keys()]);
    for (const [descriptor, { socket, connection }] of inQuestion) {
      const keptNow = kept.get(descriptor);
      if (connection.looks >= MOST_LOOKS && keptNow === connection.kept) socket.destroy();
      else if (connection.looks >= MOST_LOOKS) connection.looks = NOTED_AT_LOOK;
      connection.kept = keptNow;
    }
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
  const openFiles = Number(
    /^Max open files +(\d+)/m.exec(readSystemFile(limitsFile))?.[1] ?? Infinity,
  );
  return Math.min(wanted, Math.max(Math.floor(openFiles / 2), 1));
}
