import type { AnyAnswer, AnyEnd, AnyPiece } from '../domain/call.js';
import type { Cancellation } from '../domain/cancellation.js';
import type {
  ChatMessage,
  ChatOptions,
  StreamChoice,
  TokenUsage,
  UpstreamAnswer,
  UpstreamFailure,
} from '../domain/chat.js';
import type { ListedModel } from '../domain/listedModel.js';
import type { LongTexts } from '../domain/longTexts.js';
import type { AddressedCall } from '../domain/native.js';
import type { VideoReport } from '../domain/video.js';
import type { Refused, RefusedInside } from './failure.js';
import type { StandIn } from './sandbox/standIn.js';

/** One call to an upstream, for one committed hold. */
export interface UpstreamCall {
  /** Sent as X-Client-Request-Id, so that the upstream's log can be compared with the ledger. */
  holdId: string;
  /** Keeps the prompt caches of different licenses apart at the provider. */
  licenseId: string;
  upstreamId: string;
  /** Whether it is a reasoning model: these refuse sampling parameters, so they are left out. */
  reasoning: boolean;
  /** Set for a call that is passed on as it came. It has no messages, and of the options only the limit of its answer. */
  native?: AddressedCall | undefined;
  messages: ChatMessage[];
  longTexts?: LongTexts | undefined;
  options: ChatOptions;
  /** What is left of the request's deadline, if less than the provider's own. */
  timeoutMs?: number;
  /** The trace context for the upstream, if the operator passes it on. */
  traceparent?: string | undefined;
}

/** A step of a stream. The last step says how the stream ended. */
export type StreamStep = AnyPiece | AnyEnd | UpstreamFailure;

/** A stream that is pulled: while nobody asks for the next step, the upstream waits. */
export interface UpstreamStream {
  /** Call it only after the previous call has resolved. */
  next(): Promise<StreamStep>;
  /**
   * Asks for the usage of a stream that was given up before its usage arrived. It takes some seconds, within the
   * call's deadline. Null if the upstream does not say.
   */
  lookUp(): Promise<TokenUsage | null>;
  /** Ends the reading. A stream that has not ended is aborted. */
  close(): void;
}

/**
 * An upstream that answers chats, with one API key. Its failures are values; only a cancellation throws, such as that
 * of a client that left. The total deadline is the provider's own.
 */
export interface ChatProvider {
  /** Whether it can be asked after a call what the call used. */
  tellsAfterwards: boolean;
  complete(call: UpstreamCall, cancellation: Cancellation): Promise<AnyAnswer | UpstreamFailure>;
  stream(call: UpstreamCall, cancellation: Cancellation): UpstreamStream;
  listModels(cancellation: Cancellation): Promise<ListedModel[] | UpstreamFailure>;
  /** Reads how far a video is. */
  readVideo(video: SentVideo, cancellation: Cancellation): Promise<VideoReport | UpstreamFailure>;
  /** Fetches the file of a completed video. */
  fetchVideo(video: SentVideo, cancellation: Cancellation): Promise<VideoFile | UpstreamFailure>;
  /** Null if the upstream accepts the key. */
  checkKey(cancellation: Cancellation): Promise<UpstreamFailure | null>;
  /** Waits for the calls under way, at most until their deadline, and closes the connections. */
  close(): Promise<void>;
}

/** A video that the upstream has accepted. */
export interface SentVideo {
  holdId: string;
  /** The upstream's id of the video. */
  upstreamId: string;
}

export interface VideoFile {
  kind: 'file';
  bytes: Uint8Array;
}

/** How to speak to a provider: all that differs between providers. `upstream.ts` does the rest. */
export interface Wire {
  /** The address, unless the operator configures another one. May have a path. */
  baseUrl: string;
  /** The authorization and the other headers of every request. Names in lower case. */
  headersFor(apiKey: string): Record<string, string>;
  chat: ChatWire;
  models: ModelsWire;
  /** Where to ask afterwards what a call cost. */
  generations?: GenerationsWire;
  /** Absent if the provider makes no videos. */
  videos?: VideosWire;
  /** A path below the base URL that answers 200 only to a key that works. */
  keyPath: string;
  /** Reads the body of a reply with another status than 200. `body` is undefined if it is no JSON. */
  readRefusal(status: number, body: unknown): Refused;
  /** How the sandbox speaks in the provider's place. */
  standIn: StandIn;
}

/** How a chat is sent, and how its reply is read. */
export interface ChatWire {
  /** Below the base URL. */
  path: string;
  /** The JSON to post. Long texts are put back into it afterwards. */
  bodyOf(call: UpstreamCall, isStreamed: boolean): object;
  /** Reads the parsed body of a 200. */
  readAnswer(body: unknown): ReadAnswer | RefusedInside | UpstreamFailure;
  /** Returns a reader for one stream. */
  startReading(): EventReader;
}

/** An answer as it was read. The finish reason is null if the upstream gave none. */
export type ReadAnswer = Omit<UpstreamAnswer, 'finishReason'> & { finishReason: string | null };

/** Every event of a stream must be read once, in order. */
export interface EventReader {
  read(event: SentEvent): StreamText | StreamChunk | StreamDone | RefusedInside | UpstreamFailure;
  /**
   * Reads all events at once that `events` begins with, where they bring text and nothing else. Null if the first of
   * them has to be read by itself, or is not whole.
   */
  readTexts?(events: string): { text: string; characters: number } | null;
}

/** One server-sent event. */
export interface SentEvent {
  /** The event's name, if it has one. */
  event?: string | undefined;
  data: string;
}

/** What most events have: more of the text, and nothing else. */
export interface StreamText {
  kind: 'text';
  text: string;
}

/** What one event of a stream has. */
export interface StreamChunk {
  kind: 'chunk';
  /** Null if there is nothing to pass on. */
  choice: StreamChoice | null;
  /** The usage of the whole stream so far; null if the event has none. */
  tokens: TokenUsage | null;
  /** Fields beside the choice. */
  beside?: Record<string, unknown>;
}

/** The event that ends a stream. A stream that ends without it has failed. */
export interface StreamDone {
  kind: 'done';
  /** To be passed on before the end: what clients need, and the upstream left out. */
  missing?: StreamChoice;
}

/** How to ask what a call used. The upstream knows it some seconds after the call's end. */
export interface GenerationsWire {
  /** The header of a reply that has the call's id. In lower case. */
  idHeader: string;
  /** Below the base URL. The id is added as `?id=`. */
  path: string;
  /** Reads the parsed body of a 200. Null if the usage is not known yet. */
  read(body: unknown): TokenUsage | null;
}

/** The upstream's own list of models. */
export interface ModelsWire {
  /** Below the base URL, with the query. */
  path: string;
  /** Reads the parsed body of a 200. */
  read(body: unknown): ListedModel[] | UpstreamFailure;
}

/** Videos under way. The request that begins a video is a kind of call. */
export interface VideosWire {
  /** Both below the base URL. */
  reportPath(id: string): string;
  filePath(id: string): string;
  /** Reads the parsed body of a 200. */
  read(body: unknown): VideoReport | UpstreamFailure;
}
