// Starts and stops what the benchmarks over HTTP need: a folder, a durable PostgreSQL, an upstream.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgresCluster } from '../test/harness/postgresCluster.js';
import { postgresMs, startBenchServer } from './processes.js';

interface Stoppable {
  stop(): Promise<void>;
}

export interface Ground {
  directory: string;
  /** The URL of an empty database. */
  databaseUrl: string;
  upstreamUrl: string;
  /** Processor time of PostgreSQL's processes so far, in milliseconds. */
  databaseMs(): Promise<number>;
  /** Returns the server, and stops it at the end if it still runs. */
  keep<Server extends Stoppable>(server: Server): Server;
  stopServers(): Promise<void>;
}

export async function onGround(act: (ground: Ground) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-bench-'));
  const cluster = await startPostgresCluster({ durable: true });
  const servers: Stoppable[] = [];
  const keep = <Server extends Stoppable>(server: Server) => {
    servers.push(server);
    return server;
  };
  const stopServers = async () => {
    for (const server of servers.splice(0)) await server.stop();
  };
  try {
    const upstream = keep(await startBenchServer('upstream', {}));
    const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
    const databaseUrl = await cluster.createDatabase('bench');
    const databaseMs = () => postgresMs(cluster);
    await act({ directory, databaseUrl, upstreamUrl, databaseMs, keep, stopServers });
  } finally {
    await stopServers();
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
