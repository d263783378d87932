// Boots the service: configuration, dependencies, HTTP, jobs; and ends it in order.

import type { AddressInfo } from 'node:net';
import { startSchedule } from '../jobs/schedule.js';
import { createApp } from './app.js';
import { welcome } from './banner.js';
import { ConfigError, loadConfig } from './config.js';
import { buildDeps } from './deps.js';
import { createHttpServer } from './http/server.js';
import { keepMemorySmall } from './memory.js';

/** Requests under way at a shutdown have this long to end. */
const DRAIN_MS = 30_000;

/** Faults that the operator can mend by reading one message, without a stack trace. */
const OPERATOR_FAULTS = ['ConfigError', 'CatalogError', 'DirectoryLockedError'];

async function start(): Promise<void> {
  const config = loadConfig();
  const deps = await buildDeps(config);
  const server = createHttpServer(createApp(deps));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, resolve);
  });
  const schedule = startSchedule(deps.jobs, deps.leases, deps.log);
  const { port } = server.address() as AddressInfo;
  await welcome(config, port, deps);
  keepMemorySmall();

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    deps.log.info({ signal }, 'shutting down');
    deps.beginShutdown();
    const drained = new Promise(resolve => server.close(resolve));
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
    const deadline = setTimeout(() => deps.abortRequests(), DRAIN_MS);
    server.closeIdleConnections();
    await drained;
    clearInterval(sweep);
    clearTimeout(deadline);
    await schedule.stop();
    await deps.close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
}

start().catch((error: Error & { code?: string }) => {
  const isPlain = error instanceof ConfigError || OPERATOR_FAULTS.includes(error.name);
  console.error(isPlain ? error.message : error);
  if (error.code === 'EADDRINUSE') console.error('Set PORT to a free one.');
  process.exit(1);
});
