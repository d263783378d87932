// Limits the connections of a process, so that nobody can take them all, and the process never runs out of files.
// Closes the connection of a client that reads its answers too slowly: such a connection is never idle, and the system
// keeps up to megabytes for it.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LEAST_BYTES_A_WINDOW, LOOKS_A_WINDOW } from './bodyPace.js';
import { readSystemFile } from './systemFile.js';
import { unacknowledgedBytes } from './unacknowledged.js';

export const MOST_CONNECTIONS = 4_096;
/** A client may leave this many bytes unread for as long as it likes. */
const FREE_BYTES = 64 * 1024;
/** A client that goes on asking has most probably read its answers. So it is only looked at beyond this many bytes. */
const FREE_BYTES_OF_ACTIVE = 1024 * 1024;
/** Requests that one connection may send before the answer to an earlier one. Each takes some kilobytes. */
const MOST_AHEAD = 16;
/** These requests wait while more than this much of earlier answers is perhaps unread. */
const MOST_UNTAKEN = 256 * 1024;

interface Connection {
  /** The answer to the request under way; null if none is. */
  response: ServerResponse | null;
  /** The answers to requests that came meanwhile. */
  ahead: ServerResponse[];
  /** The number of its last request, counted over all connections. `lastUseSeen` is what it was at the last look. */
  lastUse: number;
  lastUseSeen: number;
  /** The bytes that the client had certainly read at the last look. */
  taken: number;
  /** Set while the client is behind: the looks since then, and the bytes that were written and read at that time. */
  window: { looks: number; written: number; taken: number } | null;
}

/** An internal object of Node, which has no public way to ask how much of a large piece was sent. */
interface Handle {
  fd: number;
  bytesWritten: number;
  writeQueueSize: number;
}

function bytesOf(socket: Duplex): { fd: number; written: number; queued: number } {
  const handle = (socket as { _handle?: Handle | null })._handle;
  const { fd = -1, bytesWritten: written = 0, writeQueueSize: queued = 0 } = handle ?? {};
  return { fd, written, queued };
}

/**
 * Whether the client reads too slowly: an answer must be read as fast as a body must arrive. `kept` is what the system
 * still keeps for the client, which only Linux tells.
 */
function isTooSlow(socket: Socket, connection: Connection, kept: number | undefined): boolean {
  const { written, queued } = bytesOf(socket);
  const taken = written - queued - (kept ?? 0);
  connection.taken = taken;
  // Elsewhere than on Linux, only a standstill can be noticed.
  const least = kept === undefined ? 1 : LEAST_BYTES_A_WINDOW;
  const { window } = connection;
  if (queued === 0 && written - taken <= FREE_BYTES) connection.window = null;
  else if (window === null || taken >= window.written || taken - window.taken >= least)
    connection.window = { looks: 0, written, taken };
  else {
    window.looks += 1;
    return window.looks >= LOOKS_A_WINDOW;
  }
  return false;
}

export class Connections {
  private readonly open = new Map<Duplex, Connection>();
  private uses = 0;
  private isLooking = false;
  private readonly end: (this: ServerResponse) => void;

  /**
   * `begin` is called with the answer to each request when it is its turn. `onFull` is called whenever a connection is
   * closed because there are too many.
   */
  constructor(
    private readonly most: number,
    private readonly begin: (response: ServerResponse) => void,
    private readonly onFull: () => void,
  ) {
    const goOn = (response: ServerResponse) => this.goOn(response);
    this.end = function end(this: ServerResponse) {
      goOn(this);
    };
  }

  add(socket: Duplex): void {
    const lastUse = ++this.uses;
    const state = { lastUse, lastUseSeen: lastUse, taken: 0, window: null };
    this.open.set(socket, { response: null, ahead: [], ...state });
    socket.once('close', () => this.open.delete(socket));
    if (this.open.size <= this.most) return;
    this.onFull();
    (this.longestIdle(socket) ?? socket).destroy();
  }

  /**
   * Begins a request, once the earlier ones of its connection are answered. Otherwise 64 KiB with a thousand requests
   * in them would make a thousand answers that nobody reads.
   */
  use(response: ServerResponse): void {
    const { socket } = response.req;
    const connection = this.open.get(socket);
    if (!connection) return;
    if (connection.response === null && connection.ahead.length === 0)
      this.start(connection, response);
    else if (connection.ahead.length < MOST_AHEAD) connection.ahead.push(response);
    else socket.resetAndDestroy();
  }

  private start(connection: Connection, response: ServerResponse): void {
    connection.response = response;
    connection.lastUse = ++this.uses;
    // Releases the answer when it is closed. Kept until the next request, it would make garbage collection dearer, by a
    // tenth of a chat's cost.
    response.on('close', this.end);
    this.begin(response);
  }

  private goOn(ended: ServerResponse): void {
    const { socket } = ended.req;
    const connection = this.open.get(socket);
    if (connection?.response !== ended) return;
    connection.response = null;
    if (connection.ahead.length > 0) this.startNext(socket, connection);
  }

  private startNext(socket: Socket, connection: Connection): void {
    // After an answer with `Connection: close` nothing more may be written.
    if (socket.destroyed || socket.writableEnded) return;
    if (bytesOf(socket).written - connection.taken > MOST_UNTAKEN) return;
    this.start(connection, connection.ahead.shift() as ServerResponse);
  }

  /** Whether an answer is being sent. Then nothing else may be written. */
  isAnswering(socket: Duplex): boolean {
    return this.open.get(socket)?.response?.headersSent === true;
  }

  /**
   * Closes the connections of clients that read too slowly. Must be called every `LOOK_EVERY_MS`. It asks the system,
   * because the system may keep megabytes that the client has not read, when for Node everything is sent.
   */
  async closeStalled(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.look().finally(() => {
      this.isLooking = false;
    });
  }

  private async look(): Promise<void> {
    const inQuestion = new Map<number, { socket: Socket; connection: Connection }>();
    let isNeeded = false;
    for (const [socket, connection] of this.open) {
      const { fd, written, queued } = bytesOf(socket);
      const { lastUse, lastUseSeen, ahead, response } = connection;
      connection.lastUseSeen = lastUse;
      const perhapsUntaken = written - connection.taken;
      if (queued === 0 && perhapsUntaken <= FREE_BYTES) {
        connection.window = null;
        continue;
      }
      inQuestion.set(fd, { socket: socket as Socket, connection });
      const isActive = lastUse !== lastUseSeen && perhapsUntaken <= FREE_BYTES_OF_ACTIVE;
      const isWaiting = response === null && ahead.length > 0;
      isNeeded ||= queued > 0 || !isActive || isWaiting || connection.window !== null;
    }
    // Asking Linux every second would cost a busy service a hundredth of its time.
    if (!isNeeded) return;
    const kept = await unacknowledgedBytes([...inQuestion.keys()]);
    for (const [descriptor, { socket, connection }] of inQuestion) {
      if (socket.destroyed) continue;
      // Resets the connection. After a normal end, the system would keep what is unread for minutes.
      if (isTooSlow(socket, connection, kept.get(descriptor))) socket.resetAndDestroy();
      else if (connection.response !== null || connection.ahead.length === 0) continue;
      else this.startNext(socket, connection);
      // One a turn, because a thousand answers in one turn would keep everybody else waiting.
      await nextTurn();
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
