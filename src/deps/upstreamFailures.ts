// Tells the operator of each failed call to an upstream: a line in the log that says what to do, and a counter.

import type { Logger } from 'pino';
import { LineLimit } from '../domain/lineLimit.js';
import type { Provider } from '../domain/provider.js';
import type { Metrics } from '../metrics.js';
import type { FailedCall } from '../providers/gateway.js';

export function tellOfFailures(
  log: Logger,
  metrics: Pick<Metrics, 'upstreamFailed'>,
): (provider: Provider, call: FailedCall) => void {
  const limit = new LineLimit();
  return (provider, { failure, keyIndex, isBreakerOpen, ...call }) => {
    const { code, reason, said, alert, field, upstreamCode, retryAfterSeconds } = failure;
    metrics.upstreamFailed(provider, reason);
    const kind = `${provider} ${keyIndex} ${call.model} ${reason}`;
    const turn = limit.take(kind, performance.now());
    if (!turn) return;
    const line = {
      provider,
      ...call,
      keyIndex,
      code,
      reason,
      upstreamCode: said?.code ?? upstreamCode,
      words: said?.words,
      field,
      retryAfterSeconds,
      breaker: isBreakerOpen ? 'open' : 'closed',
      leftOut: turn.leftOut || undefined,
    };
    if (alert) log.error(line, alert);
    // The caller gets the upstream's message. It may quote the request, so it is not in the log.
    else if (code === 'invalid_request') log.info(line, 'an upstream refused a request');
    else
      log.warn(
        line,
        call.hadBegun ? 'a stream of an upstream broke off' : 'an upstream call failed',
      );
  };
}
