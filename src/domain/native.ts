// A call that is handed on in the form in which it came, as Responses and Messages are: its model, what it may ask
// for, ids, usage and the end of its stream are ours; all else is between the client and the upstream. Each such
// kind of call is a description; admission, hold, charge, retries and streams are the same for all.

import type { Modality, Model, ModelKind } from './catalog.js';
import type { TokenUsage, UpstreamFailure } from './chat.js';
import type { ImageSize } from './imageSize.js';
import type { LongTexts } from './longTexts.js';
import type { Provider } from './provider.js';
import type { Refusal } from './refusal.js';
import type { AskedVideo, VideoOrder } from './video.js';

/** What a request asks of a model, beside being of its kind. */
export interface Needs {
  content: readonly Modality[];
  tools: boolean;
  /** It brings what tools gave, and so goes on with an agent's turn. */
  bringsToolResults?: boolean;
  /** The field that has the content; `messages` where nothing else is said. */
  contentField?: string;
}

export interface NativeRequest {
  licenseKey: string;
  /** As the caller wrote it: an id or an alias. */
  model: string;
  /** Whether the caller wants the answer as a stream. */
  stream: boolean;
  /** Whom the caller makes it for, as the caller names them. */
  user?: string | undefined;
  needs: Needs;
  /** How many times the model's units it holds, as of images; 0: it is free, and nothing is held. 1 where absent. */
  count?: number;
  native: NativeCall;
  /** Of a video: what is asked for, and the call that asks an upstream for what its model makes of that. */
  video?: { asked: AskedVideo; callFor(order: VideoOrder): NativeCall };
  /** The texts that markers in the body stand for. */
  longTexts?: LongTexts;
  keeping?: Keeping;
}

/** How a call is tied to responses that are kept for its license (docs/decisions/0070). */
export interface Keeping {
  /** What it names of them; null where it names nothing. */
  names: KeptNames | null;
  /** The same call with what it names in place of the names. */
  withKept(kept: readonly KeptResponse[]): NativeRequest | Refusal;
  /** What is kept of its answer, by this model; null where nothing is to be. */
  toKeep(answer: NativeAnswer | NativeEnd, model: Model): ResponseToKeep | null;
}

export interface KeptNames {
  /** The id of the request that the response answered, a UUID. */
  id: string | undefined;
  /** Of items that are in outputs of any response. */
  itemIds: string[];
}

export interface ResponseToKeep {
  /** Of its output. */
  itemIds: string[];
  /** JSON. */
  response: Buffer;
  /** JSON: all that the response answered; null where it is too large to be kept. */
  input: Buffer | null;
}

export interface KeptResponse {
  /** As in `KeptNames`. */
  id: string;
  response: Buffer;
  input: Buffer | null;
}

/** One call as a kind of call describes it. */
export interface NativeCall {
  /** What the catalogue calls models that are for it. */
  modelKind: ModelKind;
  /** Where it is sent, below the base URL of each provider that serves it. */
  paths: Partial<Record<Provider, string>>;
  /** Beside the provider's own. Names in lower case. */
  headers: Record<string, string>;
  /** What is posted: as JSON, in which long texts are put back afterwards, or as a form. */
  bodyOf(sent: SentCall): object | Form;
  /** Of a kind whose answers are larger than texts. */
  mostAnswerBytes?: number;
  /**
   * Of a kind whose answer is a file: its media type. Its stream is that file then, and `readAnswer` is given all of
   * its bytes.
   */
  fileType?: string;
  /** The status of an answer, where it is another than 200. */
  answerStatus?: number;
  /** Why a model of this kind cannot make what is asked for; null where it can. */
  unfit?(model: Model): Refusal | null;
  /** Reads the parsed body of a 200. Ids that the upstream leaves out are made of `callId`. */
  readAnswer(body: unknown, callId: string): NativeAnswer | NativeRefusal | UpstreamFailure;
  /** Begins to read a stream: what it gives is told each event of that stream, in their order. */
  startReading(callId: string): NativeEventReader;
  /**
   * All events of a stream that succeeded as the whole answer that the same upstream would have given. Absent: it is
   * asked for whole where the caller wants it so.
   */
  fold?(events: NativeEvent[], tokens: TokenUsage | null): NativeAnswer | UpstreamFailure;
  /**
   * An answer as a stream would have been: for a caller who wants one, of a model whose card says that it gives none.
   * Absent: all models of the kind give streams.
   */
  inEvents?(answer: NativeAnswer): { pieces: NativePiece[]; end: NativeEnd };
  /** Puts away what the answer promises under an address, before it is charged. */
  keepFiles?(answer: NativeAnswer, keeping: FileKeeping): Promise<NativeAnswer | UpstreamFailure>;
}

/** A file as it came in a form. Its bytes are no field: nobody walks through them. */
export class FormFile {
  readonly #bytes: Uint8Array;
  constructor(
    /** As the sender called it; its end says what type it has. */
    readonly name: string,
    readonly type: string,
    bytes: Uint8Array,
    /** Tells apart what two files have in them, where somebody asks. */
    readonly digest?: string,
  ) {
    this.#bytes = bytes;
  }
  get bytes(): Uint8Array {
    return this.#bytes;
  }
}

/** multipart/form-data. */
export class Form {
  constructor(readonly parts: Array<[name: string, value: string | FormFile]>) {}
}

export interface FileKeeping {
  /** Null for what is no file of a type that is kept. */
  put(bytes: Uint8Array): Promise<KeptFile | null>;
}

export interface KeptFile {
  url: string;
  /** `png`. */
  type: string;
  /** Of an image. */
  size?: ImageSize;
}

/** A call to one provider. */
export interface AddressedCall extends NativeCall {
  /** One of `paths`, and whose it is. */
  path: string;
  provider: Provider;
}

export interface SentCall {
  /** Which fields a provider knows may differ. */
  provider: Provider;
  upstreamId: string;
  /** Whose call it is: what a provider keeps or tells apart of callers is marked by it. */
  licenseId: string;
  /** Reasoning models refuse sampling parameters. */
  reasoning: boolean;
  isStreamed: boolean;
}

/** What an upstream answered, in the kind's own form. */
export interface NativeAnswer {
  kind: 'answer';
  body: Record<string, unknown>;
  /** Null where the upstream sent none. */
  tokens: TokenUsage | null;
  /** Whether it can be named by later calls. */
  isKept?: boolean;
  /** Where a request counts several things: how many came, at least 1. The others are not charged. */
  count?: number;
  /** What is sent in place of the body, where the caller wants no JSON. */
  text?: { type: string; text: string };
}

/** An error in a reply whose status says that all is well. */
export interface NativeRefusal {
  kind: 'refused';
  /** The status that it stands for; undefined where it says none. */
  status: number | undefined;
  /** As the body of a reply with that status would be. */
  body: unknown;
}

export interface NativeEvent {
  /** Its name, where it has one. */
  name: string | undefined;
  data: Record<string, unknown>;
}

/** Events of a stream that came together. */
export interface NativePiece {
  kind: 'piece';
  events: NativeEvent[];
  /** Whether any of it is content: text, reasoning, refusal, tool call or media. */
  hasContent: boolean;
  /** Of a file, which has no events. */
  bytes?: Uint8Array;
}

/** The end of a stream that succeeded. */
export interface NativeEnd {
  kind: 'end';
  /** Sent last, after the post: until then nobody may take the stream for finished. */
  events: NativeEvent[];
  tokens: TokenUsage | null;
  /** Whether it can be named by later calls. */
  isKept?: boolean;
  /** As of an answer. */
  count?: number;
  /** Of a file: the last of it. */
  bytes?: Uint8Array;
}

/** What one event of a stream says. */
export type NativeEventReader = (
  event: NativeEvent,
) => NativeStep | NativeRefusal | UpstreamFailure;

export interface NativeStep {
  kind: 'step';
  /** What is handed on in its place; none where it is left out. */
  events: NativeEvent[];
  hasContent: boolean;
  /**
   * Whether nothing of the answer follows: then these events wait for the charge. Where an end has brought neither
   * content nor tokens that somebody computed, the kind says so by a failure.
   */
  isEnd: boolean;
  /** All that is known of the whole stream's usage; null where the event says nothing of it. */
  tokens: TokenUsage | null;
  /** Of the last: as of an answer. */
  count?: number;
}
