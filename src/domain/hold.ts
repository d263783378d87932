/** Pending, and then one of the others for good: posted is charged, voided and expired are free. */
export const HOLD_STATES = ['pending', 'posted', 'voided', 'expired'] as const;
export type HoldState = (typeof HOLD_STATES)[number];
