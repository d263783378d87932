// Opens the traces if they are configured. Otherwise nothing of them is loaded.

import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { LineLimit } from '../domain/lineLimit.js';
import type { Tracer } from '../domain/trace.js';

export async function openTracer(settings: Config['traces'], log: Logger): Promise<Tracer | null> {
  if (!settings) return null;
  const { createTracer } = await import('../traces/tracer.js');
  const limit = new LineLimit();
  return createTracer(settings, reason => {
    const turn = limit.take('traces', performance.now());
    if (turn) log.warn({ reason, leftOut: turn.leftOut || undefined }, 'traces were not delivered');
  });
}
