import type { Readable } from 'node:stream';
import type { End } from '../../domain/end.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ReplayDeps } from '../../flows/replayPurchase.js';
import type { AdministratorStore } from '../../store/admin/administrators.js';
import type { Actor } from '../../store/admin/audit.js';
import type { AuditLog } from '../../store/admin/auditLog.js';
import type { SecondFactorStore } from '../../store/admin/secondFactors.js';
import type { AdminSessionStore } from '../../store/admin/sessions.js';
import type { AdminTokenStore } from '../../store/admin/tokens.js';
import type { CatalogHolder } from '../../store/catalog/catalogHolder.js';
import type { Ledger } from '../../store/ledger/index.js';
import type { BulkStore } from '../../store/licenses/bulkChanges.js';
import type { GrantStore } from '../../store/licenses/grants.js';
import type { LicenseKeyStore } from '../../store/licenses/licenseKeys.js';
import type { LicenseStore } from '../../store/licenses/licenses.js';
import type { NamedKeyStore } from '../../store/licenses/namedKeys.js';
import type { NoticeStore } from '../../store/notices/index.js';
import type { WebhookEndpointStore } from '../../store/notices/webhookEndpoints.js';
import type { CodeStore } from '../../store/purchases/codes.js';
import type { Exports } from '../../store/reports/exports.js';
import type { RefusalLog } from '../../store/reports/refusalLog.js';
import type { SalesReport } from '../../store/reports/salesReport.js';
import type { Timeline } from '../../store/reports/timeline.js';
import type { UsageTotals } from '../../store/reports/usageTotals.js';
import type { JobRun } from '../../store/upkeep/jobLeases.js';
import type { UpstreamFailures } from '../../store/upkeep/upstreamFailures.js';
import type { StrangerDeps } from '../kernel/strangers.js';
import type { StatementDeps } from '../statements/index.js';

/** What administration and the holder's view need. */
export interface AdminDeps extends ReplayDeps, StrangerDeps, StatementDeps {
  administrators: AdministratorStore;
  sessions: AdminSessionStore;
  secondFactors: SecondFactorStore;
  tokens: AdminTokenStore;
  licenses: LicenseStore;
  bulk: BulkStore;
  licenseKeys: LicenseKeyStore;
  namedKeys: NamedKeyStore;
  grants: GrantStore;
  codes: CodeStore;
  /** Mails what buyers are owed by now, without waiting for the job. */
  mailLinksSoon(): void;
  ledger: Pick<Ledger, 'usage'>;
  timeline: Timeline;
  refusalLog: RefusalLog;
  usageTotals: UsageTotals;
  upstreamFailures: Pick<UpstreamFailures, 'list'>;
  salesReport: SalesReport;
  exports: Exports;
  auditLog: AuditLog;
  notices: Pick<NoticeStore, 'list' | 'redeliver'>;
  webhookEndpoints: WebhookEndpointStore;
  /** What to expect of a webhook's URL, if this one cannot be used; null if it can. */
  expectedOfWebhookUrl(url: string): Promise<string | null>;
  /** The instant of an end, which was sent as a day or an instant. An absent end stays as it is. */
  instantOf<Absent extends null | undefined>(end: End | Absent): Promise<Date | Absent>;
  catalogHolder: CatalogHolder;
  /** The HS256 key as it is configured. */
  jwtSecret: string;
  /** Whether cookies are sent over https only. */
  secureCookies: boolean;
  /** The faults of the ledger, a sentence for each. */
  findProblems(): Promise<string[]>;
  listJobs(): Promise<Array<{ name: string; schedule: string; lastRun: JobRun | null }>>;
  runJob(name: string): Promise<JobOutcome>;
  /** A consistent copy of the whole database, compressed by gzip. The audit log notes `by`. */
  backup(by: Actor): Promise<Readable | Refusal>;
}

export type JobOutcome =
  | { outcome: 'done'; result: unknown }
  /** Another process runs the job at this moment. */
  | { outcome: 'taken' }
  | { outcome: 'failed'; error: unknown }
  | { outcome: 'unknown' };
