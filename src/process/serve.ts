// One process that serves: dependencies, HTTP, jobs; and how it ends so that no request is lost.

import cluster from 'node:cluster';
import { type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { startSchedule } from '../../jobs/schedule.js';
import { createApp } from '../app.js';
import type { Config } from '../config.js';
import { buildDeps } from '../deps/index.js';
import { chatListeners } from '../http/chat/chat.js';
import { connectionsWithin } from '../http/kernel/connections.js';
import { createHttpServer } from '../http/kernel/server.js';
import { welcome } from './banner.js';
import { collectGarbage, keepMemorySmall } from './memory.js';

/**
 * From SIGTERM on /readyz says no, but requests are still served for this long: until every load
 * balancer that asks has seen it.
 */
const NOTICE_MS = 1_000;
/**
 * A load balancer that does not ask is then refused new connections, and turns elsewhere before it has
 * sent anything. Those that it keeps are its to close, within this time: if we did, a request could be
 * on its way, and nobody may repeat that.
 */
const FAREWELL_MS = 1_000;
/** As many as can wait for a port (Node's backlog): where they come without end, it closes all the same. */
const MOST_WAITING = 511;
/** Requests under way after that have this long to end. */
const DRAIN_MS = 30_000;
/** What was given up then has its answer written in this time. */
const LAST_WORDS_MS = 5_000;
const SAID_AGAIN_MS = 60_000;

export async function serve(config: Config): Promise<void> {
  keepMemorySmall({ isEmbedded: config.databaseUrl === undefined });
  const deps = await buildDeps(config);
  const server = createHttpServer(createApp(deps), chatListeners(deps), {
    keepAliveMs: config.keepAliveTimeoutMs,
    mostConnections: connectionsWithin(config.maxConnections),
    corsOrigins: config.corsOrigins,
    onFull: rarely(() => deps.log.warn('too many connections: idle ones are closed')),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  // Such as no file left for a connection.
  server.on('error', error => deps.log.error({ err: error }, 'a connection could not be accepted'));
  const schedule = startSchedule(deps.jobs, deps.leases, deps.log);
  const { port } = server.address() as AddressInfo;
  if (isFirst()) await welcome(config, port, deps);
  collectGarbage();

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    deps.log.info({ signal }, 'shutting down');
    deps.beginShutdown();
    // Ctrl-C is a developer, who waits for it.
    const isPatient = signal === 'SIGTERM';
    if (isPatient) await sleep(NOTICE_MS);
    const { drained } = await closePort(server);
    if (isPatient) await Promise.race([drained, sleep(FAREWELL_MS)]);
    server.closeIdleConnections();
    const deadlines = [
      setTimeout(() => deps.abortRequests(), DRAIN_MS),
      // Whoever still sends a body by then is cut off.
      setTimeout(() => server.closeAllConnections(), DRAIN_MS + LAST_WORDS_MS),
    ];
    await drained;
    for (const deadline of deadlines) clearTimeout(deadline);
    await schedule.stop();
    await deps.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  // A terminal that closes. To the process that leads several it means: replace them.
  process.on('SIGHUP', () => {
    if (!cluster.isWorker) void stop('SIGHUP');
  });
}

/** At most once a minute, however often it happens. */
function rarely(say: () => void): () => void {
  let quietUntil = 0;
  return () => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + SAID_AGAIN_MS;
    say();
  };
}

/** Of several processes one greets the operator. */
function isFirst(): boolean {
  return cluster.worker === undefined || cluster.worker.id === 1;
}

/**
 * Takes no new connections; those that are open go on, and are closed with their next answer. Gives,
 * wrapped, what resolves when the last is gone.
 */
async function closePort(server: Server): Promise<{ drained: Promise<void> }> {
  const { writeHead } = ServerResponse.prototype;
  // On the prototype: requests that came before are to close their connections too.
  ServerResponse.prototype.writeHead = function (this: ServerResponse, ...given: unknown[]) {
    if (!this.headersSent) this.setHeader('Connection', 'close');
    return (writeHead as (...all: unknown[]) => ServerResponse).apply(this, given);
  } as typeof writeHead;
  // A stream that had begun before cannot say so: its connection waits this long for a next request.
  server.keepAliveTimeout = FAREWELL_MS;
  await takeWaiting(server);
  // Not the HTTP server's own, which would close the idle connections at once.
  const drained = new Promise<void>(resolve => {
    TcpServer.prototype.close.call(server, () => resolve());
  });
  return { drained };
}

/**
 * Connections that wait to be accepted would be lost with the port, and the engine takes one in each
 * turn: so it is closed in a turn in which none came.
 */
async function takeWaiting(server: Server): Promise<void> {
  let hasCome = true;
  const note = () => {
    hasCome = true;
  };
  server.on('connection', note);
  for (let turn = 0; hasCome && turn < MOST_WAITING; turn++) {
    hasCome = false;
    // The first of two may end before the engine has looked.
    await nextTurn();
    await nextTurn();
  }
  server.off('connection', note);
}
