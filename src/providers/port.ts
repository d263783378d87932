import type { ChatMessage, ChatOptions, UpstreamAnswer, UpstreamFailure } from '../domain/chat.js';

/** One call to an upstream, for one committed hold. */
export interface UpstreamCall {
  /** Sent along as X-Client-Request-Id, so that the upstream's log can be held against the ledger. */
  holdId: string;
  upstreamId: string;
  /** Reasoning models refuse sampling parameters: they are left out. */
  reasoning: boolean;
  messages: ChatMessage[];
  options: ChatOptions;
}

/** An upstream that answers chats. Whatever it does is a value; only an abort by the caller throws. */
export interface ChatProvider {
  /** `signal` is the client's leaving; the total deadline is the provider's own. */
  complete(call: UpstreamCall, signal: AbortSignal): Promise<UpstreamAnswer | UpstreamFailure>;
  /** Frees the connections. */
  close(): Promise<void>;
}
