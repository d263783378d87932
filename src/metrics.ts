// The metrics that an operator alerts on, for Prometheus. Events are counted in this process; what the
// database knows is read when the metrics are fetched (metrics/measured.ts).

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { renderedForAllWorkers } from './metrics/allWorkers.js';
import { createMeasuredMetrics, type MeasuredState } from './metrics/measured.js';

export interface Metrics {
  /** `provider`: `none` where no model was chosen yet. Every label is one of a closed list. */
  chat(labels: { dialect: string; provider: string; outcome: string; reason: string }): void;
  upstream(provider: string, outcome: 'answer' | 'failure' | 'aborted', seconds: number): void;
  /** A call to an upstream failed; `reason` as in the log. */
  upstreamFailed(provider: string, reason: string): void;
  /** `openNow` is called at each fetch: how many breakers of the provider are open. */
  watchBreakers(provider: string, openNow: () => number): void;
  /** `isThere` is called at each fetch. */
  watchRedis(isThere: () => boolean): void;
  batch(kind: 'hold' | 'settle', size: number): void;
  /** A call was dearer than what was held for it; what of it could not be charged. */
  slipped(lostMicrousd: number): void;
  holdsExpired(count: number): void;
  /** How a shop's webhook was received: an outcome of the inbox, `forged`, `off` (without a secret) or `ping`. */
  webhook(shop: string, outcome: string): void;
  /** Called when an unknown caller exceeds a limit. */
  strangerRefused(act: string): void;
  /** How an attempt to deliver a notice ended. */
  noticeDelivery(channel: 'mail' | 'webhook', outcome: 'delivered' | 'retried' | 'failed'): void;
  /** An attempt to send a buyer something failed: a kind of mail, or a key note. */
  mailFailed(kind: string): void;
  /** A license's refusal is counted, but its row is not kept. */
  refusalNotKept(why: string, count: number): void;
  contentType: string;
  render(): Promise<string>;
}

/** `measure` gives up in time if the database does not answer, so no fetch waits for it long. */
export function createMetrics(
  measure: () => Promise<MeasuredState>,
  logLinesLost: () => number = () => 0,
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const renderCounted = renderedForAllWorkers(registry);
  const registers = [registry];
  const measured = createMeasuredMetrics(measure);
  const chats = new Counter({
    name: 'sahm_chat_requests_total',
    help: 'Chats by dialect, provider (none where no model was chosen), outcome and reason',
    labelNames: ['dialect', 'provider', 'outcome', 'reason'],
    registers,
  });
  const quotaRefusals = new Counter({
    name: 'sahm_quota_refusals_total',
    help: 'Chats refused because a quota is used up or reserved',
    labelNames: ['provider', 'code'],
    registers,
  });
  const upstream = new Histogram({
    name: 'sahm_upstream_seconds',
    help: 'Seconds that a request waited for its upstream, retries included; of a stream until it began',
    labelNames: ['provider', 'outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registers,
  });
  const failures = new Counter({
    name: 'sahm_upstream_failures_total',
    help: 'Calls to upstreams that failed, tries that a later one made good included, by reason',
    labelNames: ['provider', 'reason'],
    registers,
  });
  new Counter({
    name: 'sahm_log_lines_lost_total',
    help: 'Lines of the log that could not be written: the disk is full, or nobody reads',
    registers,
    collect() {
      this.reset();
      this.inc(logLinesLost());
    },
  });
  const breakers = new Map<string, () => number>();
  new Gauge({
    name: 'sahm_breakers_open',
    help: 'Pairs of a key and a model that are left alone because several licenses failed with them',
    labelNames: ['provider'],
    registers,
    collect() {
      for (const [provider, openNow] of breakers) this.set({ provider }, openNow());
    },
  });
  const slips = new Counter({
    name: 'sahm_wallet_slips_total',
    help: 'Calls of plans that sell money that were dearer than what was held for them: each is a wrong bound, or an answer that is not all shown',
    registers,
  });
  const lost = new Counter({
    name: 'sahm_wallet_slips_microusd_total',
    help: 'What of such calls no wallet paid, in micro-dollars with the markup',
    registers,
  });
  const batches = new Histogram({
    name: 'sahm_ledger_batch_size',
    help: 'Holds or settlements that one statement took together',
    labelNames: ['kind'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  const expired = new Counter({
    name: 'sahm_holds_expired_total',
    help: 'Holds that nobody ended: their process died',
    registers,
  });
  const webhooks = new Counter({
    name: 'sahm_webhooks_total',
    help: 'Webhooks of shops by outcome',
    labelNames: ['shop', 'outcome'],
    registers,
  });
  const strangers = new Counter({
    name: 'sahm_strangers_refused_total',
    help: 'Requests of unknown callers beyond what they may cause, by what they tried',
    labelNames: ['act'],
    registers,
  });
  const noticeDeliveries = new Counter({
    name: 'sahm_notice_deliveries_total',
    help: 'Attempts to deliver notices, by channel and outcome',
    labelNames: ['channel', 'outcome'],
    registers,
  });
  const mailsFailed = new Counter({
    name: 'sahm_mails_failed_total',
    help: 'Attempts to send a buyer a mail or a key note that failed, by its kind',
    labelNames: ['kind'],
    registers,
  });
  const refusalsNotKept = new Counter({
    name: 'sahm_refusals_not_kept_total',
    help: 'Refusals that are counted but cannot be looked up, because too many came or the database was away',
    labelNames: ['why'],
    registers,
  });

  // Looking up a counter by its labels costs more than counting.
  const chatsOf = kept(dialect =>
    kept(provider =>
      kept(outcome => kept(reason => chats.labels({ dialect, provider, outcome, reason }))),
    ),
  );
  const upstreamOf = kept(provider => kept(outcome => upstream.labels({ provider, outcome })));

  return {
    chat(labels) {
      const { dialect, provider, outcome, reason } = labels;
      chatsOf(dialect)(provider)(outcome)(reason).inc();
      if (outcome.startsWith('quota_')) quotaRefusals.inc({ provider, code: outcome });
    },
    upstreamFailed: (provider, reason) => failures.inc({ provider, reason: boundedReason(reason) }),
    upstream: (provider, outcome, seconds) => upstreamOf(provider)(outcome).observe(seconds),
    watchBreakers: (provider, openNow) => void breakers.set(provider, openNow),
    watchRedis(isThere) {
      new Gauge({
        name: 'sahm_redis_up',
        help: '1 while limits are counted in Redis over all processes; 0 while each counts by itself',
        registers,
        collect() {
          this.set(isThere() ? 1 : 0);
        },
      });
    },
    batch: (kind, size) => batches.observe({ kind }, size),
    slipped(lostMicrousd) {
      slips.inc();
      lost.inc(lostMicrousd);
    },
    holdsExpired: count => expired.inc(count),
    noticeDelivery: (channel, outcome) => noticeDeliveries.inc({ channel, outcome }),
    mailFailed: kind => mailsFailed.inc({ kind }),
    refusalNotKept: (why, count) => refusalsNotKept.inc({ why }, count),
    strangerRefused: act => strangers.inc({ act }),
    webhook: (shop, outcome) => webhooks.inc({ shop, outcome }),
    contentType: registry.contentType,
    async render() {
      const [counted, found] = await Promise.all([renderCounted(), measured.render()]);
      return `${counted.trimEnd()}\n\n${found}`;
    },
  };
}

/** Statuses that upstreams are known to answer; any other is one label. */
const STATUSES = [400, 401, 402, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 524, 529];

function boundedReason(reason: string): string {
  const status = /^status_(\d+)$/.exec(reason)?.[1];
  return status === undefined || STATUSES.includes(Number(status)) ? reason : 'status_other';
}

/** Remembers what was made for each name. */
function kept<Made>(make: (name: string) => Made): (name: string) => Made {
  const made = new Map<string, Made>();
  return name => {
    let found = made.get(name);
    if (found === undefined) {
      found = make(name);
      made.set(name, found);
    }
    return found;
  };
}
