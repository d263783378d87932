/** A hold is pending, then one of the others for good. Posted is charged; voided and expired are free. */
export const HOLD_STATES = ['pending', 'posted', 'voided', 'expired'] as const;
export type HoldState = (typeof HOLD_STATES)[number];
