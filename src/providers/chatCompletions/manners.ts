import type { Fields } from '../../domain/unknownJson.js';
import type { StandIn } from '../sandbox/standIn.js';
import type { WireError } from '../sandbox/wireError.js';

/** In what one upstream of chat completions differs from another. Its stand-in does the same. */
export interface Manners extends Pick<StandIn, 'showsModelsToAnybody' | 'modelList'> {
  answerIdPrefix: string;
  /** The header that has an answer's id. */
  idHeader: string;
  errorBody(error: WireError): { error: object };
  /** The error for what the upstream does not accept for this model. */
  refusalOf(model: string, body: Fields): WireError | undefined;
  /** Every chunk repeats the role. */
  repeatsRole: boolean;
  /** Comments that it sends in a stream to keep the connection alive. They mean nothing. */
  comments: string[];
  /** An error in a stream comes as a chunk with an error in it, not as the error alone. */
  failsInChunks: boolean;
  /** A stream has its usage without being asked for it. */
  saysUsageUnasked: boolean;
  /** If usage was asked for, every chunk but the last has `usage: null`. */
  saysNullUsage: boolean;
  /** Usage has the cost. */
  saysCost: boolean;
}
