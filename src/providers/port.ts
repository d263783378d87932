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
  /** Sent along as X-Client-Request-Id, so that the upstream's log can be held against the ledger. */
  holdId: string;
  /** Whose prompts it are: what a provider caches of them is kept apart by it. */
  licenseId: string;
  upstreamId: string;
  /** Reasoning models refuse sampling parameters: they are left out. */
  reasoning: boolean;
  /** Of a call that is handed on as it came: then there are neither messages nor options. */
  native?: AddressedCall | undefined;
  messages: ChatMessage[];
  longTexts?: LongTexts | undefined;
  options: ChatOptions;
  /** What is left of the request's deadline, where it is less than the provider's own. */
  timeoutMs?: number;
  /** The trace that the upstream is to go on with, where the operator hands it on. */
  traceparent?: string | undefined;
}

/** The last one says how the stream ended. */
export type StreamStep = AnyPiece | AnyEnd | UpstreamFailure;

/** What a stream brings, as it is asked for: while nobody asks, the upstream waits. */
export interface UpstreamStream {
  /** To be asked one at a time. */
  next(): Promise<StreamStep>;
  /**
   * What the upstream counted, asked for afterwards: of a stream that was given up before it said so. Takes some
   * seconds, within the call's deadline. Null where the upstream does not say.
   */
  lookUp(): Promise<TokenUsage | null>;
  /** Nothing more is asked for; a stream that has not ended is given up. */
  close(): void;
}

/**
 * An upstream that answers chats, with one API key. Whatever it does is a value; only the caller's
 * leaving throws. `cancellation` is the client's leaving; the total deadline is the provider's own.
 */
export interface ChatProvider {
  complete(call: UpstreamCall, cancellation: Cancellation): Promise<AnyAnswer | UpstreamFailure>;
  stream(call: UpstreamCall, cancellation: Cancellation): UpstreamStream;
  listModels(cancellation: Cancellation): Promise<ListedModel[] | UpstreamFailure>;
  /** How far a video is. */
  readVideo(video: SentVideo, cancellation: Cancellation): Promise<VideoReport | UpstreamFailure>;
  /** The file of a completed one. */
  fetchVideo(video: SentVideo, cancellation: Cancellation): Promise<VideoFile | UpstreamFailure>;
  /** Null where the upstream accepts the key. */
  checkKey(cancellation: Cancellation): Promise<UpstreamFailure | null>;
  /** Waits for the calls under way, which their deadline bounds, and frees the connections. */
  close(): Promise<void>;
}

/** A video that the upstream has accepted. */
export interface SentVideo {
  holdId: string;
  /** The upstream's id of it. */
  upstreamId: string;
}

export interface VideoFile {
  kind: 'file';
  bytes: Uint8Array;
}

/** How a provider is spoken to: all in which one differs from another. `upstream.ts` does the rest. */
export interface Wire {
  /** Where it is, unless the operator says otherwise; may have a path. */
  baseUrl: string;
  /** Who asks, and what else every request says. Names in lower case. */
  headersFor(apiKey: string): Record<string, string>;
  chat: ChatWire;
  models: ModelsWire;
  /** Where it tells afterwards what a call cost. */
  generations?: GenerationsWire;
  /** Absent: it makes none. */
  videos?: VideosWire;
  /** Below the base URL: what is answered with 200 only to a key that works. */
  keyPath: string;
  /** What a reply with another status than 200 says in its body: the parsed JSON, or undefined. */
  readRefusal(status: number, body: unknown): Refused;
  /** How the sandbox speaks in its place. */
  standIn: StandIn;
}

/** A chat: how it is asked for, and how what comes is read. */
export interface ChatWire {
  /** Below the base URL. */
  path: string;
  /** What is posted as JSON. Long texts are put back into it afterwards. */
  bodyOf(call: UpstreamCall, isStreamed: boolean): object;
  /** The parsed body of a 200. */
  readAnswer(body: unknown): ReadAnswer | RefusedInside | UpstreamFailure;
  /** Begins to read a stream: what it gives is told each event of that stream, in their order. */
  startReading(): EventReader;
}

/** An answer as it was read: why it finished is null where that was not said. */
export type ReadAnswer = Omit<UpstreamAnswer, 'finishReason'> & { finishReason: string | null };

export type EventReader = (
  event: SentEvent,
) => StreamText | StreamChunk | StreamDone | RefusedInside | UpstreamFailure;

/** One server-sent event. */
export interface SentEvent {
  /** Its name, where it has one. */
  event?: string | undefined;
  data: string;
}

/** What most events say: more of the text, and nothing else. */
export interface StreamText {
  kind: 'text';
  text: string;
}

/** What one event of a stream says. */
export interface StreamChunk {
  kind: 'chunk';
  /** Null where it says nothing that is handed on. */
  choice: StreamChoice | null;
  /** All that is known of the whole stream's usage; null where the event says nothing of it. */
  tokens: TokenUsage | null;
  /** What it says beside its choice. */
  beside?: Record<string, unknown>;
}

/** The event that ends a stream: one that breaks off without it has failed. */
export interface StreamDone {
  kind: 'done';
}

/** What a call came to, as the upstream tells it some seconds after its end. */
export interface GenerationsWire {
  /** The header of a reply that names its call. In lower case. */
  idHeader: string;
  /** Below the base URL; asked for with the id as `?id=`. */
  path: string;
  /** The parsed body of a 200; null where it is not counted yet. */
  read(body: unknown): TokenUsage | null;
}

/** The upstream's own list of models. */
export interface ModelsWire {
  /** Below the base URL, with its query. */
  path: string;
  /** The parsed body of a 200. */
  read(body: unknown): ListedModel[] | UpstreamFailure;
}

/** Videos under way. What begins one is a kind of call. */
export interface VideosWire {
  /** Both below the base URL. */
  reportPath(id: string): string;
  filePath(id: string): string;
  /** The parsed body of a 200. */
  read(body: unknown): VideoReport | UpstreamFailure;
}
