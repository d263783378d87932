// What becomes known of a chat on its way, for its line in the log, the metrics and the traces. Each part of the code
// fills in what it learns.

import type { Model } from './catalog.js';
import type { RequestTrace } from './trace.js';

export interface Trail {
  /** Set once its key was accepted. */
  licenseId: string | undefined;
  /** The requested model, once it was found. */
  model: Model | undefined;
  /** How long we waited for the upstream, over all tries; for a stream until its end. */
  upstreamMs: number | undefined;
  /** Why the upstream failed, such as `status_500`, `reset`, `breakers_open`. */
  failure: string | undefined;
  /** Undefined if the request is not traced. */
  trace: RequestTrace | undefined;
}
