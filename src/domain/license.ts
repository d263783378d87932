/** A revoked license never works again. A suspended one works again when it is reinstated. */
export const LICENSE_STATES = ['active', 'suspended', 'revoked', 'expired'] as const;
export type LicenseState = (typeof LICENSE_STATES)[number];

/** A license as found by its key: what a request needs to know of it. */
export interface License {
  id: string;
  plan: string;
  state: LicenseState;
  expiresAt: Date | null;
  /** When the license ends; of plans that were bought and follow each other, when the one ends that counts now. */
  planEndsAt: Date | null;
  /** Until when the plan was given by an administrator; null or absent where it is the license's own. */
  lentUntil?: Date | null;
  /** Raised by every change that a cached copy must notice. Each hold compares it. */
  version: number;
  /** The key by which it was found. */
  keyId: string;
  /** The same key, where it is a named one; null for the master key. */
  namedKey: NamedKey | null;
  /** Requests a minute; null means that the plan's limit counts, if it has one. */
  rateLimit: number | null;
  /** Requests that may run at once; null likewise. */
  concurrency: number | null;
  /**
   * At the time of reading, by the database's clock: it is active and not over, and its key is still valid.
   */
  isUsable: boolean;
}

/** What a request needs to know of a named key. */
export interface NamedKey {
  id: string;
  name: string;
  /** Requests a minute, beside the license's limit; null means no limit. */
  rateLimit: number | null;
  /** Whether it or another key of the license has a limit of units. */
  areKeysLimited: boolean;
}

/** A withdrawn key never works again. */
export const NAMED_KEY_STATES = ['active', 'withdrawn'] as const;
export type NamedKeyState = (typeof NAMED_KEY_STATES)[number];

/** What an administrator can do to a license's state, and from which states. */
export const LICENSE_TRANSITIONS = {
  suspend: { from: ['active', 'expired'], to: 'suspended' },
  reinstate: { from: ['suspended'], to: 'active' },
  revoke: { from: ['active', 'suspended', 'expired'], to: 'revoked' },
} as const satisfies Record<string, { from: readonly LicenseState[]; to: LicenseState }>;

export type LicenseTransition = keyof typeof LICENSE_TRANSITIONS;
