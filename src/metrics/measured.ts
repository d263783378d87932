// The metrics that are read from the database at each fetch. They are the same, whichever process is asked.

import { Gauge, Registry } from 'prom-client';

/** Read at each fetch. */
export interface MeasuredState {
  holdsPending: number;
  /** Seconds since each job last succeeded. */
  jobAges: Array<{ job: string; seconds: number }>;
  /** How many of our webhooks a shop has switched off; null until somebody has checked. */
  disabledWebhooks: number | null;
  /** How many events of a shop no webhook reports to us as it should; null likewise. */
  missingWebhooks: number | null;
  /** Shops from which nothing had come for longer than ever, when last checked. */
  silentShops: string[];
  purchaseEvents: PurchaseEvents;
}

export interface PurchaseEvents {
  waiting: number;
  /** Of the last 30 days. */
  failed: number;
}

/** `measure` gives up in time if the database does not answer, so no fetch waits for it long. */
export function createMeasuredMetrics(measure: () => Promise<MeasuredState>): {
  render(): Promise<string>;
} {
  const registry = new Registry();
  const registers = [registry];
  const disabled = new Gauge({
    name: 'sahm_shop_webhook_disabled',
    help: 'Webhooks that a shop has switched off',
    registers,
  });
  const missing = new Gauge({
    name: 'sahm_shop_webhook_missing',
    help: 'Events of a shop that no webhook reports to us as it should',
    registers,
  });
  const silent = new Gauge({
    name: 'sahm_shop_silent',
    help: '1 for a shop from which nothing has come for longer than ever before',
    labelNames: ['shop'],
    registers,
  });
  const purchaseEvents = new Gauge({
    name: 'sahm_purchase_events',
    help: 'Events of the inbox that wait, and that failed in the last 30 days and need a person',
    labelNames: ['outcome'],
    registers,
  });
  const pending = new Gauge({
    name: 'sahm_holds_pending',
    help: 'Holds whose requests are under way',
    registers,
  });
  const jobAge = new Gauge({
    name: 'sahm_job_age_seconds',
    help: 'Seconds since a job last ended well',
    labelNames: ['job'],
    registers,
  });
  const isUp = new Gauge({
    name: 'sahm_database_up',
    help: '1 while the database answers',
    registers,
  });

  async function refresh(): Promise<void> {
    try {
      const state = await measure();
      pending.set(state.holdsPending);
      for (const { job, seconds } of state.jobAges) jobAge.set({ job }, seconds);
      if (state.disabledWebhooks !== null) disabled.set(state.disabledWebhooks);
      if (state.missingWebhooks !== null) missing.set(state.missingWebhooks);
      silent.reset();
      for (const shop of state.silentShops) silent.set({ shop }, 1);
      const { waiting, failed } = state.purchaseEvents;
      purchaseEvents.set({ outcome: 'waiting' }, waiting);
      purchaseEvents.set({ outcome: 'failed' }, failed);
      isUp.set(1);
    } catch {
      isUp.set(0);
    }
  }

  return {
    async render() {
      await refresh();
      return registry.metrics();
    },
  };
}
