import type { ReplayDeps } from '../../flows/replayPurchase.js';
import type { AdministratorStore } from '../../store/administrators.js';
import type { GrantStore } from '../../store/grants.js';
import type { Ledger } from '../../store/ledger/index.js';
import type { LicenseStore } from '../../store/licenses.js';

/** What administration and the holder's view need. */
export interface AdminDeps extends ReplayDeps {
  administrators: AdministratorStore;
  licenses: LicenseStore;
  grants: GrantStore;
  ledger: Pick<Ledger, 'usage'>;
  /** The HS256 key, as it stands. */
  jwtSecret: string;
  /** What is wrong with the ledger, a sentence each. */
  findProblems(): Promise<string[]>;
  runJob(name: string): Promise<JobOutcome>;
}

export type JobOutcome =
  | { outcome: 'done'; result: unknown }
  /** Another process runs it at this moment. */
  | { outcome: 'taken' }
  | { outcome: 'failed'; error: unknown }
  | { outcome: 'unknown' };
