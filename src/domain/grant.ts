/** How long an add-on lasts: a bucket of its own until it is used, this month, or while it is paid for. */
export const LASTS = ['until-used', 'month', 'subscription'] as const;
export type Lasts = (typeof LASTS)[number];

/** A waiting grant counts as soon as the plan allows it; a revoked or expired one entitles to nothing. */
export const GRANT_STATES = ['active', 'waiting', 'revoked', 'expired'] as const;

/** What is shown of a grant: its state, or that nothing is left of it. */
export const GRANT_STATUSES = [...GRANT_STATES, 'used'] as const;
export type GrantStatus = (typeof GRANT_STATUSES)[number];
