// Builds the dependencies of administration and of the holder's routes.

import type { Config } from '../config.js';
import type { ReplayDeps } from '../flows/replayPurchase.js';
import type { AdminDeps } from '../http/admin/index.js';
import type { StrangerDeps } from '../http/kernel/strangers.js';
import { createAdministratorStore } from '../store/admin/administrators.js';
import { auditAlone } from '../store/admin/audit.js';
import { createAuditLog } from '../store/admin/auditLog.js';
import { createSecondFactorStore } from '../store/admin/secondFactors.js';
import { createAdminSessionStore } from '../store/admin/sessions.js';
import { createAdminTokenStore } from '../store/admin/tokens.js';
import { makeBackup } from '../store/backup/backup.js';
import type { CatalogHolder } from '../store/catalog/catalogHolder.js';
import type { Database } from '../store/database/database.js';
import { readEnd } from '../store/database/ends.js';
import { createBulkStore } from '../store/licenses/bulkChanges.js';
import { createGrantStore } from '../store/licenses/grants.js';
import { createLicenseKeyStore } from '../store/licenses/licenseKeys.js';
import { createNamedKeyStore } from '../store/licenses/namedKeys.js';
import { createSignInLimits } from '../store/limits/signInLimits.js';
import { createBalanceReport } from '../store/reports/balanceReport.js';
import { createExports } from '../store/reports/exports.js';
import type { RefusalCounts } from '../store/reports/refusalCounts.js';
import type { RefusalLog } from '../store/reports/refusalLog.js';
import type { RefusalWriter } from '../store/reports/refusalWriter.js';
import { createRequestLog } from '../store/reports/requestLog.js';
import { createSalesReport } from '../store/reports/salesReport.js';
import { createStatements } from '../store/reports/statements.js';
import { createTimeline } from '../store/reports/timeline.js';
import type { KeyVault } from '../store/secrets/keyVault.js';
import { createReceiptSigner } from '../store/secrets/receiptSigner.js';
import type { Notifying } from './notices.js';

interface Given
  extends Pick<
    AdminDeps,
    | 'ledger'
    | 'licenses'
    | 'issuer'
    | 'usageTotals'
    | 'upstreamFailures'
    | 'jwtSecret'
    | 'findProblems'
    | 'listJobs'
    | 'runJob'
  > {
  serviceNames: string[];
  /** Recognises callers, and limits strangers. */
  known: StrangerDeps;
  /** The inbox, the shops and the codes. */
  selling: ReplayDeps & Pick<AdminDeps, 'codes' | 'mailLinksSoon'>;
  notifying: Notifying['admin'];
  config: Config;
  prisma: Database['prisma'];
  vault: KeyVault;
  /** 32 bytes. */
  encryptionKey: Buffer;
  refusalCounts: RefusalCounts;
  refusalLog: RefusalLog;
  refusalWriter: RefusalWriter;
  catalogHolder: CatalogHolder;
}

export function buildAdministration(given: Given): AdminDeps {
  const { config, prisma, vault, encryptionKey, refusalCounts, usageTotals, ...rest } = given;
  const {
    known,
    selling,
    notifying,
    serviceNames,
    catalogHolder,
    refusalLog,
    refusalWriter,
    ...others
  } = rest;
  const timeZone = config.quotaTimeZone;
  const signInLimits = createSignInLimits(prisma);
  const secondFactors = createSecondFactorStore(prisma, vault);
  const catalog = catalogHolder.current;
  return {
    ...selling,
    ...notifying,
    ...known,
    ...others,
    catalog,
    catalogHolder,
    usageTotals: {
      ...usageTotals,
      // Writes what this process still has in memory first, so that it is included.
      async refusals(query) {
        await refusalCounts.flush();
        return usageTotals.refusals(query);
      },
    },
    administrators: createAdministratorStore(prisma, signInLimits, secondFactors, serviceNames),
    sessions: createAdminSessionStore(prisma, signInLimits, secondFactors),
    secondFactors,
    tokens: createAdminTokenStore(prisma),
    licenseKeys: createLicenseKeyStore({ prisma, vault }),
    bulk: createBulkStore(prisma),
    namedKeys: createNamedKeyStore({ prisma, vault, timeZone, catalog }),
    grants: createGrantStore({ prisma, catalog, timeZone }),
    timeline: createTimeline(prisma),
    requestLog: createRequestLog(prisma, timeZone),
    refusalLog: {
      ...refusalLog,
      async list(licenseId, query) {
        await refusalWriter.flush();
        return refusalLog.list(licenseId, query);
      },
      async find(requestId) {
        await refusalWriter.flush();
        return refusalLog.find(requestId);
      },
      async totals(licenseId, days) {
        await refusalWriter.flush();
        return refusalLog.totals(licenseId, days);
      },
    },
    balanceReport: createBalanceReport(prisma, catalog, timeZone),
    statements: createStatements(prisma),
    receiptSigner: createReceiptSigner({ ...config.receipts, encryptionKey }),
    timeZone,
    salesReport: createSalesReport(prisma, timeZone),
    exports: createExports(prisma, timeZone),
    auditLog: createAuditLog(prisma, timeZone),
    instantOf: end => readEnd(prisma, end, timeZone),
    secureCookies: config.isProduction || (config.publicUrl?.startsWith('https:') ?? false),
    async backup(by) {
      await auditAlone(prisma, by, { action: 'backup.make', subject: 'database' });
      return makeBackup(prisma);
    },
  };
}
