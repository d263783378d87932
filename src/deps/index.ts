// The one place that builds things: the database, the stores, the upstreams, and what each part is given.

import { hostname } from 'node:os';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { type JobDeps, listJobs, runJob } from '../../jobs/schedule.js';
import { loadCatalog } from '../catalog/load.js';
import type { Config } from '../config.js';
import { Cancellation } from '../domain/cancellation.js';
import { PROVIDERS, type Provider } from '../domain/provider.js';
import { endingsOf, syncModels } from '../flows/syncModels.js';
import type { AdminDeps } from '../http/admin/index.js';
import type { BuyerDeps } from '../http/buyer/index.js';
import type { ChatRouteDeps } from '../http/chat/chat.js';
import type { ModelRouteDeps } from '../http/chat/models.js';
import type { HealthDeps } from '../http/health.js';
import type { HolderDeps } from '../http/holder/index.js';
import type { ObservedChat } from '../http/kernel/observe.js';
import type { MetricsDeps } from '../http/metrics.js';
import type { WebhookDeps } from '../http/shops/webhooks.js';
import { createLogger } from '../log.js';
import { createMetrics } from '../metrics.js';
import { type Sandbox, startSandbox } from '../providers/sandbox/server.js';
import type { FirstAdministrator } from '../store/admin/administrators.js';
import { SYSTEM } from '../store/admin/audit.js';
import { restoreBackup } from '../store/backup/restore.js';
import { createCatalogHolder } from '../store/catalog/catalogHolder.js';
import { createListedModelStore } from '../store/catalog/listedModels.js';
import type { Database } from '../store/database/database.js';
import { toldOfFaults } from '../store/database/directQueries.js';
import { eachPart } from '../store/database/eachPart.js';
import { openDatabase } from '../store/database/openDatabase.js';
import { createReadiness } from '../store/database/readiness.js';
import { createLedger } from '../store/ledger/index.js';
import { closePeriods, prune } from '../store/ledger/periods.js';
import { findLedgerProblems } from '../store/ledger/verify.js';
import { createLicenseCache } from '../store/licenses/licenseCache.js';
import { createLicenseStore } from '../store/licenses/licenses.js';
import { createCredentialGuard } from '../store/limits/credentialGuard.js';
import { createRateLimits } from '../store/limits/rateLimits.js';
import { createStrangerLimits } from '../store/limits/strangerLimits.js';
import { createRefusalCounts } from '../store/reports/refusalCounts.js';
import { readUsageReport } from '../store/reports/usageReport.js';
import { createUsageTotals } from '../store/reports/usageTotals.js';
import { createKeyVault } from '../store/secrets/keyVault.js';
import { changedSecrets } from '../store/secrets/secretFingerprints.js';
import { createJobLeases, type JobLeases } from '../store/upkeep/jobLeases.js';
import { measure } from '../store/upkeep/measure.js';
import { buildAdministration } from './administration.js';
import { reloadedByAllWorkers } from './catalogOfWorkers.js';
import { createGateways, upstreamIdsOf } from './gateways.js';
import { buildNotices } from './notices.js';
import { remembered } from './remembered.js';
import { checkSecrets, completeSecrets, secretsAreOthers } from './secrets.js';
import { buildSelling } from './selling.js';

export interface Deps extends ChatRouteDeps, HealthDeps, MetricsDeps, ModelRouteDeps {
  /** Called with the end of each chat. */
  reportChat(chat: ObservedChat): void;
  holder: HolderDeps;
  log: Logger;
  admin: AdminDeps;
  selling: WebhookDeps & BuyerDeps;
  jobs: JobDeps;
  leases: JobLeases;
  findProblems(): Promise<string[]>;
  /** Restores a backup into this database, which must be empty; returns how many rows. */
  restore(backup: Readable): Promise<number>;
  /** The first owner, created if there is none. Has a password only if it was made up. */
  ensureFirstAdministrator(): Promise<FirstAdministrator | null>;
  /**
   * Issues a license of the highest plan to try the sandbox with; returns its key. Null where an upstream is
   * real.
   */
  issueDemoLicense(): Promise<string | null>;
  /** Providers without an API key, which the sandbox stands in for. */
  sandboxed: Provider[];
  sandbox: Sandbox | null;
  /** Called once, when a shutdown begins: the service is not ready from then on. */
  beginShutdown(): void;
  /** Called when the drain time is over: aborts requests under way. */
  abortRequests(): void;
  close(): Promise<void>;
}

/** The most rows that one run of a job handles. The next run continues from there. */
const ROWS_A_RUN = 50_000;

/** Builds everything but the HTTP server. Tests pass a database of their own. */
export async function buildDeps(config: Config, opened?: Database): Promise<Deps> {
  const log = createLogger(config.logLevel);
  // The catalogue is loaded first, so that its faults are reported before anything is opened.
  const loaded = await loadCatalog(config.catalogDir);
  const secrets = await completeSecrets(config);
  const database = opened ?? (await openDatabase(config));
  const { prisma } = database;
  await checkSecrets(config, prisma, secrets, text => log.warn(text));
  const timeZone = config.quotaTimeZone;
  const holder = createCatalogHolder(prisma, config.catalogDir, loaded);
  const catalogHolder = reloadedByAllWorkers(holder, log);
  const catalog = catalogHolder.current;
  const metrics = createMetrics(() => measure(prisma));

  const strangers = createStrangerLimits({ refused: metrics.strangerRefused });
  const known = { strangers, credentials: createCredentialGuard(strangers) };

  const encryptionKey = Buffer.from(secrets.keyEncryptionKey, 'base64');
  const vault = createKeyVault({ pepper: secrets.keyPepper, encryptionKey });
  const readiness = createReadiness(database.pipelined, timeZone);
  const ledger = createLedger(prisma, catalog, {
    timeZone,
    leaseMs: config.holdLeaseMs,
    encryptionKey,
    onBatch: metrics.batch,
    queries: database.direct,
    pipelined: toldOfFaults(database.pipelined, readiness.heard),
  });
  const licenses = createLicenseStore({
    prisma,
    queries: database.direct,
    catalog,
    vault,
    timeZone,
  });
  const usageTotals = createUsageTotals(prisma, timeZone);
  const refusalCounts = createRefusalCounts(usageTotals);
  const leases = createJobLeases(prisma, `${hostname()}:${process.pid}`);
  const sold = buildSelling(config, { prisma, catalog, vault, licenses, log, metrics });
  const notifying = buildNotices(config, { prisma, vault, mailer: sold.mailer, metrics, log });
  const sandboxed = PROVIDERS.filter(provider => config.upstreams[provider].apiKeys.length === 0);
  const sandbox =
    sandboxed.length > 0 ? await startSandbox({ models: upstreamIdsOf(catalog()) }) : null;
  const alert = (problem: string, details: Record<string, unknown>) => log.error(details, problem);
  const providers = createGateways(config, sandbox, alert, metrics);

  const listedModels = createListedModelStore(prisma);
  const underWay = new Set<Cancellation>();
  const stopping = new Cancellation();
  const warn = (problem: string, details: Record<string, unknown>) => log.warn(details, problem);
  const syncing = { catalog, providers, listedModels, warn };
  const jobs: JobDeps = {
    ...sold.jobs,
    ...notifying.jobs,
    async expireHolds() {
      const expired = await ledger.expireDue();
      metrics.holdsExpired(expired);
      return expired;
    },
    expireLicenses: () => licenses.expireDue(ROWS_A_RUN),
    closePeriods: () => closePeriods(prisma, timeZone, ROWS_A_RUN),
    async prune() {
      const removed = await eachPart<string, Record<string, number>>({
        ledger: () => prune(prisma, { timeZone, most: ROWS_A_RUN }),
        purchases: () => sold.prune(),
        notices: () => notifying.prune(),
      });
      return Object.assign({}, ...Object.values(removed));
    },
    syncModels: () => syncModels(syncing, stopping),
  };

  const findProblems = () => database.patiently(client => findLedgerProblems(client, timeZone));
  const admin = buildAdministration({
    known,
    selling: sold.selling,
    notifying: notifying.admin,
    config,
    prisma,
    vault,
    ledger,
    licenses,
    usageTotals,
    refusalCounts,
    catalogHolder,
    jwtSecret: secrets.jwtSecret,
    findProblems,
    listJobs: () => listJobs(leases),
    runJob: name => runJob(name, jobs, leases),
  });
  let isStopping = false;
  return {
    log,
    chat: {
      catalog,
      licenses: createLicenseCache(licenses.findByKey, known.credentials),
      ledger,
      rates: createRateLimits(),
      providers,
      alert,
    },
    underWay,
    timeoutMs: config.upstreamTimeoutMs,
    metrics,
    trustProxy: config.trustProxy,
    reportChat(chat) {
      metrics.chat(chat);
      const { dialect, provider, outcome: code, reason } = chat;
      if (isRefusal(code)) refusalCounts.count({ dialect, provider, code, reason });
    },
    admin,
    selling: { ...sold.selling, ...known, grants: admin.grants, reportWebhook: metrics.webhook },
    holder: {
      ...admin,
      usageReport: (id, query) => readUsageReport(prisma, id, query, timeZone),
    },
    endings: remembered(() => endingsOf(catalog(), listedModels)),
    jobs,
    leases,
    findProblems,
    restore: backup =>
      restoreBackup(prisma, backup, async db => {
        const changed = await changedSecrets(db, secrets);
        return changed.length > 0 ? secretsAreOthers(changed) : null;
      }),
    ensureFirstAdministrator: () =>
      admin.administrators.ensureFirst({
        email: config.adminEmail,
        password: config.adminPassword,
      }),
    async issueDemoLicense() {
      // With a real upstream every request of this license would cost the operator money.
      if (sandboxed.length < PROVIDERS.length) return null;
      const plan = [...catalog().plans.keys()].at(-1) as string;
      const wanted = { email: 'demo@localhost', plan, note: 'made at the first start' };
      const issued = await licenses.issue(wanted, SYSTEM);
      return issued.kind === 'issued' ? issued.key : null;
    },
    sandboxed,
    sandbox,
    whyNotReady: async () => (isStopping ? 'stopping' : readiness.whyNot()),
    beginShutdown() {
      isStopping = true;
    },
    abortRequests() {
      stopping.request();
      for (const cancellation of underWay) cancellation.request();
    },
    async close() {
      await Promise.all(PROVIDERS.map(provider => providers[provider].close()));
      await sandbox?.close();
      await sold.close();
      await notifying.close();
      await refusalCounts.close();
      await database.close();
    },
  };
}

/** A client that left was not refused anything. */
function isRefusal(outcome: string): boolean {
  return outcome !== 'success' && outcome !== 'client_left';
}
