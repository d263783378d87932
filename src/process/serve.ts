// One process that serves: dependencies, HTTP and jobs, and an end that loses no request.

import cluster from 'node:cluster';
import { type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as TcpServer } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { startSchedule } from '../../jobs/schedule.js';
import { createApp, openApiFor } from '../app.js';
import type { Config } from '../config.js';
import { buildDeps } from '../deps/index.js';
import { sessionKeyFor } from '../http/buyer/sessionKey.js';
import { chatListeners } from '../http/chat/chat.js';
import { toEnvelope } from '../http/chat/envelopeHosts.js';
import { connectionsWithin } from '../http/kernel/connections.js';
import { createHttpServer } from '../http/kernel/server.js';
import { welcome } from './banner.js';
import { collectGarbage, keepMemorySmall } from './memory.js';

/**
 * After SIGTERM /readyz says no, but requests are still served for this long, so that every load balancer
 * that polls it notices.
 */
const NOTICE_MS = 1_000;
/**
 * Then the port is closed, so a load balancer that does not poll is refused new connections, and turns
 * elsewhere before it has sent anything. It has this long to close the connections that it keeps open. If we
 * closed them, a request could be on its way, and nobody could safely repeat it.
 */
const FAREWELL_MS = 1_000;
/**
 * As many connections as may wait for the port; Linux allows 4,096 unless told otherwise. The engine accepts one in each
 * turn of the event loop, and of those beyond this number the system drops what they send: a client tries again after
 * 1 s, 3 s, 7 s and so on. With Node's 511, a thousand at once kept others out for a minute.
 */
const MOST_WAITING = 4_096;
/** Requests under way have this long to end after that. */
const DRAIN_MS = 30_000;
/** Requests that were then aborted have this long to write their answer. */
const LAST_WORDS_MS = 5_000;
const SAID_AGAIN_MS = 60_000;

export async function serve(config: Config): Promise<void> {
  keepMemorySmall({ isEmbedded: config.databaseUrl === undefined });
  const deps = await buildDeps(config);
  await deps.oversight.begin();
  const openApi = openApiFor(deps);
  const server = createHttpServer(createApp(deps, openApi), chatListeners(deps), {
    keepAliveMs: config.keepAliveTimeoutMs,
    mostConnections: connectionsWithin(config.maxConnections),
    corsOrigins: config.corsOrigins,
    redirect: toEnvelope(config.envelopeHosts),
    addSessionKey: sessionKeyFor(deps.selling, config.trustProxy),
    onFull: rarely(() => deps.log.warn('too many connections: idle ones are closed')),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, MOST_WAITING, resolve);
  });
  // For example, no file descriptor is left for a connection.
  server.on('error', error => deps.log.error({ err: error }, 'a connection could not be accepted'));
  const schedule = startSchedule(deps.jobs, deps.leases, deps.log);
  const { port } = server.address() as AddressInfo;
  if (isFirst()) await welcome(config, port, deps);
  // Now nobody waits for it; made for the first who asks, it would keep all others waiting.
  openApi.document();
  collectGarbage();

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    deps.log.info({ signal }, 'shutting down');
    deps.beginShutdown();
    // Ctrl-C comes from a developer, who does not want to wait.
    const isPatient = signal === 'SIGTERM';
    if (isPatient) await sleep(NOTICE_MS);
    const { drained } = await closePort(server);
    if (isPatient) await Promise.race([drained, sleep(FAREWELL_MS)]);
    server.closeIdleConnections();
    const deadlines = [
      setTimeout(() => deps.abortRequests(), DRAIN_MS),
      // Clients that are still sending a body by then are cut off.
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
  // A terminal that was closed. For the leader of several processes SIGHUP means: replace them all.
  process.on('SIGHUP', () => {
    if (!cluster.isWorker) void stop('SIGHUP');
  });
}

/** Says it at most once a minute, however often it happens. */
function rarely(say: () => void): () => void {
  let quietUntil = 0;
  return () => {
    const now = performance.now();
    if (now < quietUntil) return;
    quietUntil = now + SAID_AGAIN_MS;
    say();
  };
}

/** Only one of several processes greets the operator. */
function isFirst(): boolean {
  return cluster.worker === undefined || cluster.worker.id === 1;
}

/**
 * Accepts no new connections. Open ones go on, and are closed with their next answer. Resolves to a wrapped
 * promise, which resolves when the last connection is closed.
 */
async function closePort(server: Server): Promise<{ drained: Promise<void> }> {
  const { writeHead } = ServerResponse.prototype;
  // Patched on the prototype, so that requests that arrived before also close their connections.
  ServerResponse.prototype.writeHead = function (this: ServerResponse, ...given: unknown[]) {
    if (!this.headersSent) this.setHeader('Connection', 'close');
    return (writeHead as (...all: unknown[]) => ServerResponse).apply(this, given);
  } as typeof writeHead;
  // A stream that has begun cannot send that header. Its connection waits this long for another request.
  server.keepAliveTimeout = FAREWELL_MS;
  await takeWaiting(server);
  // Not the HTTP server's own `close`, which would close idle connections at once.
  const drained = new Promise<void>(resolve => {
    TcpServer.prototype.close.call(server, () => resolve());
  });
  return { drained };
}

/**
 * Connections that wait to be accepted would be lost with the port. So it is closed after a turn in which none came. If
 * more keep coming, it is closed all the same.
 */
async function takeWaiting(server: Server): Promise<void> {
  let hasCome = true;
  const note = () => {
    hasCome = true;
  };
  server.on('connection', note);
  for (let turn = 0; hasCome && turn < MOST_WAITING; turn++) {
    hasCome = false;
    // Waits for two turns: the first may end before the engine has looked.
    await nextTurn();
    await nextTurn();
  }
  server.off('connection', note);
}
