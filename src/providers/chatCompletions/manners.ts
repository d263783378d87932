import type { Fields } from '../../domain/unknownJson.js';
import type { StandIn } from '../sandbox/standIn.js';
import type { WireError } from '../sandbox/wireError.js';

/** What an upstream of chat completions does in a way of its own, and its stand-in likewise. */
export interface Manners extends Pick<StandIn, 'showsModelsToAnybody' | 'modelList'> {
  answerIdPrefix: string;
  /** The header that says an answer's id. */
  idHeader: string;
  errorBody(error: WireError): { error: object };
  /** What the upstream does not take of this model. */
  refusalOf(model: string, body: Fields): WireError | undefined;
  /** Every chunk says the role again. */
  repeatsRole: boolean;
  /** Sent in a stream at any time to keep the connection alive; they mean nothing. */
  comments: string[];
  /** An error in a stream is a chunk with an error, and not the error alone. */
  failsInChunks: boolean;
  /** A stream says its usage without being asked. */
  saysUsageUnasked: boolean;
  /** Where the last chunk is asked to carry the usage, every other one says `usage: null`. */
  saysNullUsage: boolean;
  /** Usage says what it cost. */
  saysCost: boolean;
}
