/** A revoked license never works again. A suspended one works again when it is reinstated. */
export const LICENSE_STATES = ['active', 'suspended', 'revoked', 'expired'] as const;
export type LicenseState = (typeof LICENSE_STATES)[number];

/** A license as found by its key: what a request needs to know of it. */
export interface License {
  id: string;
  plan: string;
  state: LicenseState;
  expiresAt: Date | null;
  /** When the plan ends that counts now; another may follow it. */
  planEndsAt: Date | null;
  /** Raised by every change that a cached copy must notice. Each hold compares it. */
  version: number;
  /** The key by which it was found. */
  keyId: string;
  /** Requests a minute; null means no limit. */
  rateLimit: number | null;
  /**
   * At the time of reading, by the database's clock: it is active and not over, and its key is still valid.
   */
  isUsable: boolean;
}

/** What an administrator can do to a license's state, and from which states. */
export const LICENSE_TRANSITIONS = {
  suspend: { from: ['active', 'expired'], to: 'suspended' },
  reinstate: { from: ['suspended'], to: 'active' },
  revoke: { from: ['active', 'suspended', 'expired'], to: 'revoked' },
} as const satisfies Record<string, { from: readonly LicenseState[]; to: LicenseState }>;

export type LicenseTransition = keyof typeof LICENSE_TRANSITIONS;
