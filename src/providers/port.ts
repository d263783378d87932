import type {
  ChatMessage,
  ChatOptions,
  StreamEnd,
  StreamPiece,
  UpstreamAnswer,
  UpstreamFailure,
} from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';

/** One call to an upstream, for one committed hold. */
export interface UpstreamCall {
  /** Sent along as X-Client-Request-Id, so that the upstream's log can be held against the ledger. */
  holdId: string;
  upstreamId: string;
  /** Reasoning models refuse sampling parameters: they are left out. */
  reasoning: boolean;
  messages: ChatMessage[];
  options: ChatOptions;
  /** What is left of the request's deadline, where it is less than the provider's own. */
  timeoutMs?: number;
}

/**
 * What a stream brings, as it is asked for: while nobody asks, the upstream waits. Its last value says
 * how it ended.
 */
export type UpstreamStream = AsyncGenerator<StreamPiece, StreamEnd | UpstreamFailure, void>;

/**
 * An upstream that answers chats, with one API key. Whatever it does is a value; only an abort by the
 * caller throws. `signal` is the client's leaving; the total deadline is the provider's own.
 */
export interface ChatProvider {
  complete(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer | UpstreamFailure>;
  stream(call: UpstreamCall, signal: AbortSignal): UpstreamStream;
  listModels(signal: AbortSignal): Promise<ListedModel[] | UpstreamFailure>;
  /** Frees the connections. */
  close(): Promise<void>;
}
