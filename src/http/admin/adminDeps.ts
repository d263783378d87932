import type { Readable } from 'node:stream';
import type { Catalog } from '../../domain/catalog.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ReplayDeps } from '../../flows/replayPurchase.js';
import type { AdministratorStore } from '../../store/administrators.js';
import type { AdminSessionStore } from '../../store/adminSessions.js';
import type { AdminTokenStore } from '../../store/adminTokens.js';
import type { Actor } from '../../store/audit.js';
import type { AuditLog } from '../../store/auditLog.js';
import type { CatalogHolder } from '../../store/catalogHolder.js';
import type { Exports } from '../../store/exports.js';
import type { GrantStore } from '../../store/grants.js';
import type { JobRun } from '../../store/jobLeases.js';
import type { Ledger } from '../../store/ledger/index.js';
import type { LicenseKeyStore } from '../../store/licenseKeys.js';
import type { LicenseStore } from '../../store/licenses.js';
import type { NoticeStore } from '../../store/notices/index.js';
import type { RequestLog } from '../../store/requestLog.js';
import type { SalesReport } from '../../store/salesReport.js';
import type { Timeline } from '../../store/timeline.js';
import type { UsageTotals } from '../../store/usageTotals.js';
import type { WebhookEndpointStore } from '../../store/webhookEndpoints.js';
import type { StrangerDeps } from '../strangers.js';

/** What administration and the holder's view need. */
export interface AdminDeps extends ReplayDeps, StrangerDeps {
  administrators: AdministratorStore;
  sessions: AdminSessionStore;
  tokens: AdminTokenStore;
  licenses: LicenseStore;
  licenseKeys: LicenseKeyStore;
  grants: GrantStore;
  ledger: Pick<Ledger, 'usage'>;
  timeline: Timeline;
  requestLog: RequestLog;
  usageTotals: UsageTotals;
  salesReport: SalesReport;
  exports: Exports;
  auditLog: AuditLog;
  notices: Pick<NoticeStore, 'list' | 'redeliver'>;
  webhookEndpoints: WebhookEndpointStore;
  /** What is expected of a webhook's URL that cannot be used; null for one that can. */
  expectedOfWebhookUrl(url: string): Promise<string | null>;
  catalog(): Catalog;
  catalogHolder: CatalogHolder;
  /** The HS256 key, as it stands. */
  jwtSecret: string;
  /** Whether cookies are sent over https only. */
  secureCookies: boolean;
  /** What is wrong with the ledger, a sentence each. */
  findProblems(): Promise<string[]>;
  listJobs(): Promise<Array<{ name: string; schedule: string; lastRun: JobRun | null }>>;
  runJob(name: string): Promise<JobOutcome>;
  /** A consistent copy of the whole database, gzipped; `by` is written into the audit log. */
  backup(by: Actor): Promise<Readable | Refusal>;
}

export type JobOutcome =
  | { outcome: 'done'; result: unknown }
  /** Another process runs it at this moment. */
  | { outcome: 'taken' }
  | { outcome: 'failed'; error: unknown }
  | { outcome: 'unknown' };
