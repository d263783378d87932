/**
 * How long an add-on lasts: until it is used up (a bucket of its own), this month, or while it is paid for.
 */
export const LASTS = ['until-used', 'month', 'subscription'] as const;
export type Lasts = (typeof LASTS)[number];

/** A waiting grant counts as soon as the plan allows it. A revoked or expired one gives nothing. */
export const GRANT_STATES = ['active', 'waiting', 'revoked', 'expired'] as const;
export type GrantState = (typeof GRANT_STATES)[number];

/** What is shown of a grant: its state, or that it is used up. */
export const GRANT_STATUSES = [...GRANT_STATES, 'used'] as const;
export type GrantStatus = (typeof GRANT_STATUSES)[number];

/**
 * Reasons of grants that their purchases revoked or expired. An administrator's reasons are different texts.
 */
export const TAKEN_BACK = 'taken back';
export const NOT_PAID = 'not paid';
