// What becomes known of a chat on its way: for its line in the log, the metrics and the traces. Filled in by whoever
// learns it.

import type { Model } from './catalog.js';
import type { RequestTrace } from './trace.js';

export interface Trail {
  /** Once its key was accepted. */
  licenseId: string | undefined;
  /** The model that was asked for, once it was found. */
  model: Model | undefined;
  /** How long the upstream was waited for, all tries together; of a stream to its end. */
  upstreamMs: number | undefined;
  /** Why the upstream did not answer: `status_500`, `reset`, `breakers_open`. */
  failure: string | undefined;
  /** Undefined where the request is not traced. */
  trace: RequestTrace | undefined;
}
