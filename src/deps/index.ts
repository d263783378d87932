// The one place that builds things: the database, the stores, the upstreams, and what each part is given.

import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { type JobDeps, listJobs, runJob } from '../../jobs/schedule.js';
import { loadBranding } from '../catalog/branding.js';
import { loadCatalog } from '../catalog/load.js';
import type { Config } from '../config.js';
import { Cancellation } from '../domain/cancellation.js';
import { PROVIDERS, type Provider } from '../domain/provider.js';
import { endingsOf } from '../flows/syncModels.js';
import type { AdminDeps } from '../http/admin/index.js';
import type { BuyerDeps } from '../http/buyer/index.js';
import type { ChatRouteDeps } from '../http/chat/chat.js';
import type { ModelRouteDeps } from '../http/chat/models.js';
import type { HealthDeps } from '../http/health.js';
import type { HolderDeps } from '../http/holder/index.js';
import type { ObserveDeps } from '../http/kernel/observe.js';
import type { MediaDeps } from '../http/media.js';
import type { MetricsDeps } from '../http/metrics.js';
import type { PagesDeps } from '../http/pages/index.js';
import type { WebhookDeps } from '../http/shops/webhooks.js';
import { createLogger, createRequestLog, type LogLines, stdout } from '../log.js';
import { createMetrics } from '../metrics.js';
import type { Sandbox } from '../providers/sandbox/server.js';
import type { FirstAdministrator } from '../store/admin/administrators.js';
import { SYSTEM } from '../store/admin/audit.js';
import { restoreBackup } from '../store/backup/restore.js';
import { createCatalogHolder } from '../store/catalog/catalogHolder.js';
import { createListedModelStore } from '../store/catalog/listedModels.js';
import type { Database } from '../store/database/database.js';
import { toldOfFaults } from '../store/database/directQueries.js';
import { openDatabase } from '../store/database/openDatabase.js';
import { projectRoot } from '../store/database/projectRoot.js';
import { createReadiness } from '../store/database/readiness.js';
import { readTogether } from '../store/database/readTogether.js';
import { waitTurn } from '../store/database/waitTurn.js';
import { createLedger } from '../store/ledger/index.js';
import { findLedgerProblems } from '../store/ledger/verify.js';
import { createLicenseCache } from '../store/licenses/licenseCache.js';
import { createLicenseStore } from '../store/licenses/licenses.js';
import { createCallLimits } from '../store/limits/callLimits.js';
import { createCredentialGuard } from '../store/limits/credentialGuard.js';
import { createRateLimits } from '../store/limits/rateLimits.js';
import { openRedis, type RedisTold } from '../store/limits/redis.js';
import { createStrangerLimits } from '../store/limits/strangerLimits.js';
import { createMediaFiles } from '../store/media/mediaFiles.js';
import { openFileStore } from '../store/media/openFileStore.js';
import { createVideoJobs } from '../store/media/videoJobs.js';
import { createLicensePurchases } from '../store/reports/licensePurchases.js';
import { readUsageReport } from '../store/reports/usageReport.js';
import { createKeptResponses } from '../store/responses/keptResponses.js';
import { createKeyVault } from '../store/secrets/keyVault.js';
import { changedSecrets } from '../store/secrets/secretFingerprints.js';
import { createJobLeases, type JobLeases } from '../store/upkeep/jobLeases.js';
import { measure } from '../store/upkeep/measure.js';
import { createUpstreamFailures } from '../store/upkeep/upstreamFailures.js';
import { buildAdministration } from './administration.js';
import { reloadedByAllWorkers } from './catalogOfWorkers.js';
import { openUpstreams } from './gateways.js';
import { buildMailing } from './mailing.js';
import { buildNotices } from './notices.js';
import { createOversight, type Oversight } from './oversight.js';
import { remembered } from './remembered.js';
import { buildReporting } from './reporting.js';
import { checkSecrets, completeSecrets, secretsAreOthers } from './secrets.js';
import { buildSelling } from './selling.js';
import { openTracer } from './traces.js';
import { buildUpkeep } from './upkeep.js';
import { tellOfFailures } from './upstreamFailures.js';

export interface Deps
  extends ChatRouteDeps,
    HealthDeps,
    MediaDeps,
    MetricsDeps,
    ModelRouteDeps,
    ObserveDeps {
  holder: HolderDeps;
  log: Logger;
  admin: AdminDeps;
  selling: WebhookDeps & BuyerDeps;
  pages: PagesDeps;
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
  /** Providers without an API key: off, or the sandbox stands in for them. */
  withoutKey: Provider[];
  sandboxed: Provider[];
  oversight: Oversight;
  sandbox: Sandbox | null;
  /** Called once, when a shutdown begins: the service is not ready from then on. */
  beginShutdown(): void;
  /** Called when the drain time is over: aborts requests under way. */
  abortRequests(): void;
  close(): Promise<void>;
}

/** Builds everything but the HTTP server. Tests pass a database of their own, and read the log. */
export async function buildDeps(
  config: Config,
  opened?: Database,
  logLines: LogLines = stdout(),
): Promise<Deps> {
  const log = createLogger(config.logLevel, logLines);
  const requestLog = createRequestLog(config.logLevel, logLines);
  // The catalogue is loaded first, so that its faults are reported before anything is opened.
  const loaded = await loadCatalog(config.catalogDir);
  const branding = await loadBranding(config.catalogDir);
  const serviceNames = [...Object.values(branding.name), config.mail.shopName ?? ''];
  const secrets = await completeSecrets(config);
  const database = opened ?? (await openDatabase(config));
  const { prisma } = database;
  const patience = { waitMs: config.databaseWaitMs, tell: (text: string) => log.warn(text) };
  const changed = await waitTurn(() => checkSecrets(config, prisma, secrets), patience);
  const timeZone = config.quotaTimeZone;
  const holder = createCatalogHolder(prisma, config.catalogDir, loaded);
  const catalogHolder = reloadedByAllWorkers(holder, log);
  const catalog = catalogHolder.current;
  const oversight = createOversight({
    config,
    secrets,
    changedSecrets: changed,
    prisma,
    catalog,
    catalogDigest: catalogHolder.digest,
    isAlone: database.kind === 'embedded',
    patience,
    log,
  });
  const metrics = createMetrics(
    () => measure(prisma),
    () => stdout().lost,
  );

  const redis =
    config.redisUrl === undefined ? null : await openRedis(config.redisUrl, toldOfRedis(log));
  if (redis) metrics.watchRedis(redis.isThere);
  const calls = createCallLimits(config.holdLeaseMs, redis);
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
  const kept = createKeptResponses({
    queries: database.direct,
    encryptionKey,
    retentionHours: config.responsesRetentionHours,
    notRemoved: err => log.warn({ err }, 'responses over the limit of a license stay for now'),
  });
  const reporting = buildReporting(prisma, { timeZone, vault, requestLog, metrics });
  const { usageTotals, refusalCounts, refusalLog, refusalWriter } = reporting;
  const leases = createJobLeases(prisma, `${hostname()}:${process.pid}`);
  const mailing = buildMailing(config, vault, catalog);
  const sold = buildSelling(config, { prisma, catalog, vault, licenses, log, metrics, mailing });
  const { mailer } = sold;
  const notifying = buildNotices(config, {
    prisma,
    catalog,
    vault,
    mailer,
    mailing,
    metrics,
    log,
  });
  const alert = (problem: string, details: Record<string, unknown>) => log.error(details, problem);
  const upstreamFailures = createUpstreamFailures(prisma);
  const failed = tellOfFailures(log, metrics, upstreamFailures);
  const upstreams = await openUpstreams(config, catalog(), { alert, failed }, metrics);
  const { providers, sandbox, sandboxed, withoutKey } = upstreams;
  const tracer = await openTracer(config.traces, log);

  const mediaFiles = createMediaFiles(await openFileStore(config));
  const videos = createVideoJobs(database.direct, { encryptionKey });
  const timeoutMs = config.upstreamTimeoutMs;
  const listedModels = createListedModelStore(prisma);
  const underWay = new Set<Cancellation>();
  /** Requested when a shutdown begins, and when it waits no longer. */
  const ending = new Cancellation();
  const stopping = new Cancellation();
  const { slipped } = metrics;
  const warn = (problem: string, details: Record<string, unknown>) => log.warn(details, problem);
  const jobs: JobDeps = {
    ...sold.jobs,
    ...notifying.jobs,
    ...buildUpkeep({
      prisma,
      timeZone,
      ledger,
      licenses,
      metrics,
      prunes: { refusalLog, kept, sold, notifying, mediaFiles, videos },
      following: {
        videos,
        providers,
        ledger,
        files: mediaFiles,
        alert,
        slipped,
        ending,
        timeoutMs,
      },
      syncing: { catalog, providers, listedModels, warn },
      stopping,
    }),
  };

  const findProblems = () => database.patiently(client => findLedgerProblems(client, timeZone));
  const admin = buildAdministration({
    known,
    serviceNames,
    selling: sold.selling,
    notifying: notifying.admin,
    config,
    prisma,
    vault,
    encryptionKey,
    issuer: { url: mailing.publicUrl, name: mailing.shopName },
    ledger,
    licenses,
    usageTotals,
    refusalCounts,
    refusalLog,
    refusalWriter,
    upstreamFailures,
    catalogHolder,
    jwtSecret: secrets.jwtSecret,
    findProblems,
    listJobs: () => listJobs(leases),
    runJob: name => runJob(name, jobs, leases),
  });
  let isStopping = false;
  const licenseCache = createLicenseCache(readTogether(licenses.findByKey), known.credentials);
  const chat = {
    catalog,
    licenses: licenseCache,
    ledger,
    rates: createRateLimits(redis),
    calls,
    digestUser: vault.digestUser,
    digestConversation: vault.digestConversation,
    kept,
    providers,
    alert,
    slipped,
    files: mediaFiles,
  };
  return {
    log,
    chat,
    videos: { ...chat, videos, stopping, leaseMs: config.holdLeaseMs },
    mediaFiles,
    publicUrl: config.publicUrl,
    underWay,
    timeoutMs,
    metrics,
    trustProxy: config.trustProxy,
    tracer,
    reportRequest: reporting.reportRequest,
    reportRefused: refused =>
      reporting.reportRefused(refused, key => licenseCache.cached(key) !== undefined),
    admin,
    pages: { folder: join(projectRoot, 'dist/web'), branding, timeZone },
    selling: { ...sold.selling, ...known, grants: admin.grants, reportWebhook: metrics.webhook },
    holder: {
      ...admin,
      purchasesOf: createLicensePurchases(prisma).list,
      showsCost: config.holdersSeeCost,
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
      waitTurn(
        () =>
          admin.administrators.ensureFirst({
            email: config.adminEmail,
            password: config.adminPassword,
          }),
        patience,
      ),
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
    withoutKey,
    oversight,
    warnings: oversight.warnings,
    whyNotReady: async () => (isStopping ? 'stopping' : readiness.whyNot()),
    beginShutdown() {
      isStopping = true;
      ending.request();
    },
    abortRequests() {
      stopping.request();
      for (const cancellation of underWay) cancellation.request();
    },
    async close() {
      await oversight.end();
      await Promise.all(PROVIDERS.map(provider => providers[provider].close()));
      await tracer?.close();
      await sandbox?.close();
      await sold.close();
      await notifying.close();
      await reporting.close();
      await calls.close();
      redis?.close();
      await database.close();
    },
  };
}

function toldOfRedis(log: Logger): RedisTold {
  return {
    back: () => log.info('Redis answers: limits are counted over all processes'),
    away: err => log.error({ err }, 'Redis is away: each process counts limits by itself'),
  };
}
