// The connections of a process: bounded, so that nobody takes them all, and the process never runs out of files.
// Whoever does not take an answer, or takes it too slowly, is sent away: its connection is never idle, and the system
// keeps up to megabytes for it.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LEAST_BYTES_A_WINDOW, LOOKS_A_WINDOW } from './bodyPace.js';
import { readSystemFile } from './systemFile.js';
import { unacknowledgedBytes } from './unacknowledged.js';

export const MOST_CONNECTIONS = 4_096;
/** What a client may leave in the system's hands for as long as it likes. */
const FREE_BYTES = 64 * 1024;
/** What one that goes on asking may have left there before it is looked at: most probably it has read the answers. */
const FREE_BYTES_OF_ACTIVE = 1024 * 1024;
/** Requests that one connection may send before the answer to an earlier one. Each takes some kilobytes. */
const MOST_AHEAD = 16;
/** They wait while so much of earlier answers is perhaps not taken. */
const MOST_UNTAKEN = 256 * 1024;

interface Connection {
  /** The answer to the request under way; null if none is. */
  response: ServerResponse | null;
  /** The answers to requests that came meanwhile. */
  ahead: ServerResponse[];
  /** The number of its last request, counted over all connections; and what that was at the last look. */
  lastUse: number;
  lastUseSeen: number;
  /** The bytes that the client had taken for certain when it was last looked at. */
  taken: number;
  /** While it is known to owe: the looks since the window began, and what was written and taken then. */
  window: { looks: number; written: number; taken: number } | null;
}

/** Node's own; it has no public name for how much of a large piece is gone. */
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
 * An answer must be taken as fast as a body must come. `kept` is what the system keeps for the client; only Linux tells.
 * True if it is taken too slowly.
 */
function isTooSlow(socket: Socket, connection: Connection, kept: number | undefined): boolean {
  const { written, queued } = bytesOf(socket);
  const taken = written - queued - (kept ?? 0);
  connection.taken = taken;
  // Without Linux only a standstill shows.
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
   * A request has come. It begins after the answers to earlier ones of its connection: else one piece of 64 KiB with a
   * thousand requests would make a thousand answers that nobody takes.
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
    // Keeping the answer until the next request would make garbage collection cost a tenth of a chat more.
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
    // An answer that says that it is the last one has ended the connection.
    if (socket.destroyed || socket.writableEnded) return;
    if (bytesOf(socket).written - connection.taken > MOST_UNTAKEN) return;
    this.start(connection, connection.ahead.shift() as ServerResponse);
  }

  /** Whether an answer is being sent. Then nothing else may be written. */
  isAnswering(socket: Duplex): boolean {
    return this.open.get(socket)?.response?.headersSent === true;
  }

  /**
   * Closes those that take too little. To be called every `LOOK_EVERY_MS`. What Node has handed to the system is not yet
   * taken by the client: the system keeps up to megabytes of it, also after Node's part is done.
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
    // It costs a busy service a hundredth of its time to ask Linux every second.
    if (!isNeeded) return;
    const kept = await unacknowledgedBytes([...inQuestion.keys()]);
    for (const [descriptor, { socket, connection }] of inQuestion) {
      if (socket.destroyed) continue;
      // Closed in order, the connection would leave to the system what is not taken, for minutes.
      if (isTooSlow(socket, connection, kept.get(descriptor))) socket.resetAndDestroy();
      else if (connection.response !== null || connection.ahead.length === 0) continue;
      else this.startNext(socket, connection);
      // A thousand answers in one turn would keep everybody else waiting.
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
