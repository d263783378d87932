// The one place that builds things: the database, the stores, the upstreams, and who gets which.

import { hostname } from 'node:os';
import type { Logger } from 'pino';
import { type JobDeps, runJob } from '../jobs/schedule.js';
import type { Config, Secrets } from './config.js';
import { buildSelling } from './deps/selling.js';
import type { Catalog } from './domain/catalog.js';
import { type PerProvider, PROVIDERS, type Provider, perProvider } from './domain/provider.js';
import { endingsOf, syncModels } from './flows/syncModels.js';
import type { AdminDeps } from './http/admin/index.js';
import type { BuyerDeps } from './http/buyer.js';
import type { ChatRouteDeps } from './http/chat.js';
import type { HealthDeps } from './http/health.js';
import type { HolderDeps } from './http/holder.js';
import type { ModelRouteDeps } from './http/models.js';
import type { WebhookDeps } from './http/webhooks.js';
import { createLogger } from './log.js';
import { type ChatGateway, createGateway, type GatewaySettings } from './providers/gateway.js';
import { createOpenAi } from './providers/openai.js';
import { createOpenRouter } from './providers/openrouter.js';
import { type Sandbox, startSandbox } from './providers/sandbox/server.js';
import { createAdministratorStore, type FirstAdministrator } from './store/administrators.js';
import { SYSTEM } from './store/audit.js';
import { loadCatalog } from './store/catalog.js';
import { type Database, openEmbedded, openPostgres } from './store/database.js';
import { keptSecrets } from './store/developmentSecrets.js';
import { createGrantStore } from './store/grants.js';
import { createJobLeases, type JobLeases } from './store/jobLeases.js';
import { createKeyVault } from './store/keyVault.js';
import { createLedger } from './store/ledger/index.js';
import { createLicenseCache } from './store/licenseCache.js';
import { createLicenseStore } from './store/licenses.js';
import { createListedModelStore } from './store/listedModels.js';
import { closePeriods, prune } from './store/periods.js';
import { readUsageReport } from './store/usageReport.js';
import { findLedgerProblems } from './store/verify.js';

export interface Deps extends ChatRouteDeps, HealthDeps, ModelRouteDeps {
  holder: HolderDeps;
  log: Logger;
  admin: AdminDeps;
  selling: WebhookDeps & BuyerDeps;
  /** Of our webhooks, those that a shop has switched off. */
  disabledWebhooks(): number;
  jobs: JobDeps;
  leases: JobLeases;
  findProblems(): Promise<string[]>;
  /** The first owner, made now if there is none; its password only if it was made up. */
  ensureFirstAdministrator(): Promise<FirstAdministrator | null>;
  /** A license of the highest plan, to try the service with; gives its key. */
  issueDemoLicense(): Promise<string | null>;
  /** Providers without an API key, and the sandbox that stands in for them. */
  sandboxed: Provider[];
  sandbox: Sandbox | null;
  /** Called once, when a shutdown begins: not ready from now on. */
  beginShutdown(): void;
  /** Called when the drain time is over: requests under way are given up. */
  abortRequests(): void;
  close(): Promise<void>;
}

/** What one run of a job does at most; the next run goes on from there. */
const ROWS_A_RUN = 50_000;

/** Builds everything but the HTTP server. Tests bring a database of their own. */
export async function buildDeps(config: Config, opened?: Database): Promise<Deps> {
  const log = createLogger(config.logLevel);
  // The catalogue first: its faults are told before anything is opened.
  const catalog = await loadCatalog(config.catalogDir);
  const secrets = await completeSecrets(config);
  const database = opened ?? (await openDatabase(config));
  const { prisma } = database;
  const timeZone = config.quotaTimeZone;
  const theCatalog = () => catalog;

  const encryptionKey = Buffer.from(secrets.keyEncryptionKey, 'base64');
  const vault = createKeyVault({ pepper: secrets.keyPepper, encryptionKey });
  const ledger = createLedger(prisma, theCatalog, {
    timeZone,
    leaseMs: config.holdLeaseMs,
    encryptionKey,
  });
  const stores = { prisma, catalog: theCatalog, vault, timeZone };
  const licenses = createLicenseStore(stores);
  const grants = createGrantStore(stores);
  const administrators = createAdministratorStore(prisma);
  const leases = createJobLeases(prisma, `${hostname()}:${process.pid}`);
  const sold = buildSelling(config, { prisma, catalog: theCatalog, vault, licenses, log });
  const sandboxed = PROVIDERS.filter(provider => config[provider].apiKeys.length === 0);
  const sandbox =
    sandboxed.length > 0 ? await startSandbox({ models: upstreamIdsOf(catalog) }) : null;
  const alert = (problem: string, details: Record<string, unknown>) => log.error(details, problem);
  const providers = perProvider(provider => createProvider(provider, config, sandbox, alert));
  if (sandbox && config.isProduction)
    log.warn({ sandboxed }, 'the sandbox answers for providers without a key');

  const listedModels = createListedModelStore(prisma);
  const underWay = new Set<AbortController>();
  const stopping = new AbortController();
  const warn = (problem: string, details: Record<string, unknown>) => log.warn(details, problem);
  const syncing = { catalog: theCatalog, providers, listedModels, warn };
  const jobs: JobDeps = {
    ...sold.jobs,
    expireHolds: () => ledger.expireDue(),
    expireLicenses: () => licenses.expireDue(ROWS_A_RUN),
    closePeriods: () => closePeriods(prisma, timeZone, ROWS_A_RUN),
    prune: async () => ({
      ...(await prune(prisma, { timeZone, most: ROWS_A_RUN })),
      ...(await sold.prune()),
    }),
    syncModels: () => syncModels(syncing, stopping.signal),
  };

  const findProblems = () => database.patiently(client => findLedgerProblems(client, timeZone));
  let isStopping = false;
  return {
    log,
    chat: {
      catalog: theCatalog,
      licenses: createLicenseCache(licenses.findByKey),
      ledger,
      providers,
      alert,
    },
    underWay,
    timeoutMs: config.upstreamTimeoutMs,
    admin: {
      ...sold.selling,
      licenses,
      grants,
      administrators,
      ledger,
      jwtSecret: secrets.jwtSecret,
      findProblems,
      runJob: name => runJob(name, jobs, leases),
    },
    selling: sold.selling,
    disabledWebhooks: sold.disabledWebhooks,
    holder: {
      licenses,
      grants,
      ledger,
      usageReport: (id, query) => readUsageReport(prisma, id, query, timeZone),
    },
    endings: remembered(() => endingsOf(theCatalog(), listedModels)),
    jobs,
    leases,
    findProblems,
    ensureFirstAdministrator: () =>
      administrators.ensureFirst({ email: config.adminEmail, password: config.adminPassword }),
    async issueDemoLicense() {
      const plan = [...catalog.plans.keys()].at(-1) as string;
      const wanted = { email: 'demo@localhost', plan, note: 'made at the first start' };
      const issued = await licenses.issue(wanted, SYSTEM);
      return issued.kind === 'issued' ? issued.key : null;
    },
    sandboxed,
    sandbox,
    async isReady() {
      if (isStopping) return false;
      return prisma.$queryRaw`SELECT 1`.then(
        () => true,
        () => false,
      );
    },
    beginShutdown() {
      isStopping = true;
    },
    abortRequests() {
      stopping.abort();
      for (const controller of underWay) controller.abort();
    },
    async close() {
      await Promise.all(PROVIDERS.map(provider => providers[provider].close()));
      await sandbox?.close();
      await sold.close();
      await database.close();
    },
  };
}

function openDatabase(config: Config): Promise<Database> {
  return config.databaseUrl ? openPostgres(config.databaseUrl) : openEmbedded(config.dataDir);
}

/** In production the configuration has all of them, or it would not have been accepted. */
async function completeSecrets({ secrets, dataDir }: Config): Promise<Secrets> {
  const { jwtSecret, keyPepper, keyEncryptionKey } = secrets;
  if (jwtSecret && keyPepper && keyEncryptionKey) {
    return { jwtSecret, keyPepper, keyEncryptionKey };
  }
  return { ...(await keptSecrets(dataDir)), ...secrets };
}

const ADAPTERS = { openrouter: createOpenRouter, openai: createOpenAi };

/** One adapter for each API key; the sandbox is never reached through a proxy. */
function createProvider(
  provider: Provider,
  config: Config,
  sandbox: Sandbox | null,
  alert: GatewaySettings['alert'],
): ChatGateway {
  const { apiKeys, baseUrl } = config[provider];
  const timeoutMs = config.upstreamTimeoutMs;
  const create = ADAPTERS[provider];
  const real = { baseUrl, timeoutMs, proxyUrl: config.upstreamProxy };
  const adapters = apiKeys.map(apiKey => create({ ...real, apiKey }));
  if (adapters.length === 0) {
    const standIn = (sandbox as Sandbox).url(provider);
    adapters.push(create({ apiKey: 'sandbox', baseUrl: standIn, timeoutMs }));
  }
  return createGateway(adapters, { timeoutMs, alert });
}

/** What the sandbox lists is what is sold. */
function upstreamIdsOf(catalog: Catalog): PerProvider<string[]> {
  const models = [...catalog.models.values()];
  return perProvider(provider =>
    models.filter(model => model.provider === provider).map(model => model.upstreamId),
  );
}

const REMEMBERED_MS = 60_000;

/** The last answer for a minute; without a database, nothing rather than an error. */
function remembered(read: () => Promise<Map<string, string>>): () => Promise<Map<string, string>> {
  let known = new Map<string, string>();
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - readAt < REMEMBERED_MS) return known;
    readAt = performance.now();
    known = await read().catch(() => known);
    return known;
  };
}
