// Workers die while clients connect: every client that had a connection is answered or sees it break.
// WORKER_KILLS=40 kills that many.

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../harness/load.js';
import { openShortConnections, type ShortConnections } from '../harness/shortConnections.js';
import { openSite, type Site } from '../harness/site.js';
import { workerPids, workersInMetrics } from '../harness/workers.js';

const KILLS = Number(process.env.WORKER_KILLS ?? 2);
const CLIENTS = 8;
const WORKERS = 2;
const TIMEOUT_MS = 120_000 + KILLS * 30_000;

let site: Site;
let connections: ShortConnections | undefined;

beforeEach(async () => {
  site = await openSite({ database: 'postgres', environment: { LOG_LEVEL: 'silent' } });
}, TIMEOUT_MS);
afterEach(async () => {
  await connections?.stop();
  await site.close();
}, TIMEOUT_MS);

test(
  `${KILLS} kills of a worker under short connections: each is answered or breaks, none hangs`,
  async () => {
    const [service] = await site.start(1, { WEB_CONCURRENCY: String(WORKERS) });
    if (!service) throw new Error('nothing was started');
    connections = openShortConnections(`${service.url}/healthz`, CLIENTS);
    for (let kill = 0; kill < KILLS; kill++) {
      await until(async () => (await workersInMetrics(service)).length === WORKERS);
      await connections.untilAnswered(200);
      const [oldest] = await workerPids(service);
      process.kill(oldest as number, 'SIGKILL');
      await connections.untilAnswered(100);
    }
    await connections.stop();
    const { answered, broken, hanging } = connections;
    expect({ hanging }).toEqual({ hanging: 0 });
    // Only the connections that the killed worker had accepted break.
    expect(broken).toBeLessThanOrEqual(KILLS * CLIENTS);
    if (KILLS > 2) console.log(`${answered} answered, ${broken} broken, ${hanging} hanging`);
  },
  TIMEOUT_MS,
);
