// The whole service over a real socket, on the test's own database, with the sandbox as upstream.

import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { buildDeps, type Deps } from '../../src/deps/index.js';
import type { Role } from '../../src/domain/role.js';
import { sessionKeyFor } from '../../src/http/buyer/sessionKey.js';
import { chatListeners } from '../../src/http/chat/chat.js';
import { createHttpServer } from '../../src/http/kernel/server.js';
import { SYSTEM } from '../../src/store/admin/audit.js';
import { watchAnswers } from './answerCheck.js';
import { copyCatalog } from './faultCatalog.js';
import { openTestDatabase, type TestDatabase } from './testDatabase.js';

export interface Service {
  url: string;
  deps: Deps;
  database: TestDatabase;
  catalogDir: string;
  /** DATA_DIR, which also has the outbox of mails. */
  directory: string;
  /** Issues a license; returns its id and key. */
  issue(plan: string): Promise<{ id: string; key: string }>;
  /** Posts JSON and reads JSON. A string is sent unchanged. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sends any request. A body is sent as JSON, and the answer is read as JSON. */
  call(method: string, path: string, how?: Call): Promise<Answer>;
  /** Creates an administrator and signs in; returns the token. */
  signInAs(role: Role): Promise<string>;
  createAdministrator(email: string, role: Role): Promise<string>;
  /** Also fails if any answer did not match the OpenAPI document. */
  close(): Promise<void>;
}

export interface Call {
  token?: string | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

export const PASSWORD = 'a password of the tests';
/** For replicas of one database, which read each other's keys. */
export const REPLICA_SECRETS = {
  JWT_SECRET: `${'j'.repeat(31)}w`,
  KEY_PEPPER: `${'p'.repeat(31)}q`,
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
};

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** `faults` adds the model `fault/FAULT` for each of them to the shipped models. */
export async function startService({
  faults = [],
  changes = {},
  env = {},
  prepare = async () => {},
  database: shared,
  log,
}: {
  faults?: string[];
  /** Replaces fields of shipped models, by id. */
  changes?: Record<string, object>;
  env?: Record<string, string>;
  /** Adds files to the catalogue's folder. */
  prepare?: (catalogDir: string) => Promise<void>;
  /** Another replica's database. Both need the same secrets, and the replica that opened it must close last. */
  database?: TestDatabase;
  /** Receives the lines of the log; `LOG_LEVEL` is `silent` where `env` says nothing else. */
  log?: (line: string) => void;
} = {}): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'sahm-service-'));
  await copyCatalog(join(directory, 'catalog'), faults, changes);
  await prepare(join(directory, 'catalog'));
  const database = shared ?? (await openTestDatabase());
  const config = loadConfig({
    LOG_LEVEL: 'silent',
    DATA_DIR: directory,
    CATALOG_DIR: join(directory, 'catalog'),
    ...env,
  });
  const opened = {
    kind: 'embedded' as const,
    patiently: <Result>(act: (prisma: typeof database.prisma) => Promise<Result>) =>
      act(database.prisma),
    ...database,
    ...(shared && { close: async () => {} }),
  };
  const deps = await buildDeps(config, opened, log && { write: log, writeSoon: log });
  await deps.oversight.begin();
  const server = createHttpServer(createApp(deps), chatListeners(deps), {
    corsOrigins: config.corsOrigins,
    addSessionKey: sessionKeyFor(deps.selling, config.trustProxy),
  });
  const answers = watchAnswers(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await answers.learn(url);
  let accounts = 0;
  const service: Service = {
    url,
    deps,
    database,
    catalogDir: join(directory, 'catalog'),
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
      const faults = answers.faults();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
      await deps.close();
      await rm(directory, { recursive: true, force: true });
      if (faults.length > 0) throw new Error(`not as /openapi.json says:\n${faults.join('\n')}`);
    },
    async call(method, path, { token, body, headers = {} } = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = /^application\/json\b(?!l)/.test(response.headers.get('content-type') ?? '');
      const parsed = isJson ? JSON.parse(text) : { text };
      return { status: response.status, headers: response.headers, body: parsed };
    },
    async createAdministrator(email, role) {
      passwordHash ??= hash(PASSWORD);
      const id = uuidv7();
      await database.prisma.administrator.create({
        data: { id, email, role, passwordHash: await passwordHash },
      });
      return id;
    },
    async signInAs(role) {
      const email = `${role}-${uuidv7()}@example.com`;
      await service.createAdministrator(email, role);
      const body = { email, password: PASSWORD };
      const signedIn = await service.call('POST', '/admin/api/session', { body });
      return signedIn.body.token as string;
    },
  };
  return service;
}

let passwordHash: Promise<string> | undefined;
