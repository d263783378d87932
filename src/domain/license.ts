/** A revoked license never works again; a suspended one until it is reinstated. */
export const LICENSE_STATES = ['active', 'suspended', 'revoked', 'expired'] as const;
export type LicenseState = (typeof LICENSE_STATES)[number];

/** A license as it is found by a key: what a request needs to know of it. */
export interface License {
  id: string;
  plan: string;
  state: LicenseState;
  expiresAt: Date | null;
  /** Raised by every change that a cached copy must notice; each hold compares it. */
  version: number;
  /** The key by which it was found. */
  keyId: string;
  /** Requests a minute; null means as many as one likes. */
  rateLimit: number | null;
  /** By the database's clock when it was read: active, not over, found by a key that is still valid. */
  isUsable: boolean;
}

/** What an administrator does to a license's state, and from which states it is possible. */
export const LICENSE_TRANSITIONS = {
  suspend: { from: ['active', 'expired'], to: 'suspended' },
  reinstate: { from: ['suspended'], to: 'active' },
  revoke: { from: ['active', 'suspended', 'expired'], to: 'revoked' },
} as const satisfies Record<string, { from: readonly LicenseState[]; to: LicenseState }>;

export type LicenseTransition = keyof typeof LICENSE_TRANSITIONS;
