import type { Cancellation } from '../domain/cancellation.js';
import type {
  ChatMessage,
  ChatOptions,
  StreamEnd,
  StreamPiece,
  UpstreamAnswer,
  UpstreamFailure,
} from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';
import type { LongTexts } from '../domain/longTexts.js';

/** One call to an upstream, for one committed hold. */
export interface UpstreamCall {
  /** Sent along as X-Client-Request-Id, so that the upstream's log can be held against the ledger. */
  holdId: string;
  upstreamId: string;
  /** Reasoning models refuse sampling parameters: they are left out. */
  reasoning: boolean;
  messages: ChatMessage[];
  longTexts?: LongTexts | undefined;
  options: ChatOptions;
  /** What is left of the request's deadline, where it is less than the provider's own. */
  timeoutMs?: number;
}

/** The last one says how the stream ended. */
export type StreamStep = StreamPiece | StreamEnd | UpstreamFailure;

/** What a stream brings, as it is asked for: while nobody asks, the upstream waits. */
export interface UpstreamStream {
  /** To be asked one at a time. */
  next(): Promise<StreamStep>;
  /** Nothing more is asked for; a stream that has not ended is given up. */
  close(): void;
}

/**
 * An upstream that answers chats, with one API key. Whatever it does is a value; only the caller's
 * leaving throws. `cancellation` is the client's leaving; the total deadline is the provider's own.
 */
export interface ChatProvider {
  complete(
    call: UpstreamCall,
    cancellation: Cancellation,
  ): Promise<UpstreamAnswer | UpstreamFailure>;
  stream(call: UpstreamCall, cancellation: Cancellation): UpstreamStream;
  listModels(cancellation: Cancellation): Promise<ListedModel[] | UpstreamFailure>;
  /** Frees the connections. */
  close(): Promise<void>;
}
