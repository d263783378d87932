// The whole service over a real socket, on a database of the test's own, with the sandbox as upstream.

import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { buildDeps, type Deps } from '../../src/deps.js';
import { createHttpServer } from '../../src/http/server.js';
import { SYSTEM } from '../../src/store/audit.js';
import { copyCatalog } from './faultCatalog.js';
import { openTestDatabase, type TestDatabase } from './testDatabase.js';

export interface Service {
  url: string;
  deps: Deps;
  database: TestDatabase;
  /** DATA_DIR, with the outbox of mails. */
  directory: string;
  /** Issues a license; gives its id and key. */
  issue(plan: string): Promise<{ id: string; key: string }>;
  /** Posts JSON and reads JSON. A string is sent as it is. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Beside the shipped models: `fault/FAULT` for each of `faults`. */
export async function startService({
  faults = [],
  changes = {},
  env = {},
  database: shared,
}: {
  faults?: string[];
  /** Fields of shipped models that are otherwise, by id. */
  changes?: Record<string, object>;
  env?: Record<string, string>;
  /** Another replica's: give both the same secrets. Whoever opened it closes it, last. */
  database?: TestDatabase;
} = {}): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-service-'));
  await copyCatalog(join(directory, 'catalog'), faults, changes);
  const database = shared ?? (await openTestDatabase());
  const config = loadConfig({
    LOG_LEVEL: 'silent',
    DATA_DIR: directory,
    CATALOG_DIR: join(directory, 'catalog'),
    ...env,
  });
  const deps = await buildDeps(config, {
    kind: 'embedded',
    patiently: act => act(database.prisma),
    ...database,
    ...(shared && { close: async () => {} }),
  });
  const server = createHttpServer(createApp(deps));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let accounts = 0;
  return {
    url,
    deps,
    database,
    directory,
    async issue(plan) {
      accounts += 1;
      const email = `account-${accounts}@example.com`;
      const issued = await deps.admin.licenses.issue({ plan, email }, SYSTEM);
      if (issued.kind === 'refusal') throw new Error(`no license: ${issued.code}`);
      return { id: issued.license.id, key: issued.key };
    },
    async post(path, body, headers = {}) {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const answer = (await response.json()) as Record<string, unknown>;
      return { status: response.status, headers: response.headers, body: answer };
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await deps.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
