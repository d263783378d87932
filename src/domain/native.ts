// Calls that are passed on in their own form, such as Responses and Messages. We only handle the model, the allowed
// fields, ids, usage and the end of the stream; all else is between the client and the upstream. Each kind of call is a
// description; admission, hold, charge, retries and streams are the same for all.

import type { Modality, Model, ModelKind } from './catalog.js';
import type { TokenUsage, UpstreamFailure } from './chat.js';
import type { ImageSize } from './imageSize.js';
import type { BodyText, LongTexts } from './longTexts.js';
import type { Provider } from './provider.js';
import type { Refusal } from './refusal.js';
import type { AskedVideo, VideoOrder } from './video.js';

/** What a request needs of a model, beside the right kind. */
export interface Needs {
  content: readonly Modality[];
  tools: boolean;
  /** Whether it brings results of tools, and so continues an agent's turn. */
  bringsToolResults?: boolean;
  /** The field that has the content. Default: `messages`. */
  contentField?: string;
}

export interface NativeRequest {
  licenseKey: string;
  /** As the caller wrote it: an id or an alias. */
  model: string;
  /** Whether the caller wants the answer as a stream. */
  stream: boolean;
  /** The caller's name for the user for whom it asks. */
  user?: string | undefined;
  needs: Needs;
  /** How many times the model's units are held, such as the number of images. 0 for a free call. Default: 1. */
  count?: number;
  /**
   * The most pieces that a model's price can be for, if it is not by tokens: seconds of a recording, or the characters
   * of a text. Default: `count`.
   */
  pieces?: number | BodyText;
  native: NativeCall;
  /** Set for a video: the request, and the function that makes the upstream's call for a model. */
  video?: { asked: AskedVideo; callFor(order: VideoOrder): NativeCall };
  /** The texts behind the markers in the body. */
  longTexts?: LongTexts;
  keeping?: Keeping;
  /** Whether a plan that sells money must refuse it rather than shorten its answer. */
  strict?: boolean;
}

/** How a call uses kept responses of its license (docs/decisions/0070). */
export interface Keeping {
  /** The kept responses and items that it names; null if it names none. */
  names: KeptNames | null;
  /** The same call, with the kept responses put in as this model can read them. */
  withKept(kept: readonly KeptResponse[], modelId: string | undefined): NativeRequest | Refusal;
  /** What to keep of its answer by this model; null if nothing. */
  toKeep(answer: NativeAnswer | NativeEnd, model: Model): ResponseToKeep | null;
}

export interface KeptNames {
  /** The id of the request that the response answered, a UUID. */
  id: string | undefined;
  /** The ids of items in the outputs of any response. */
  itemIds: string[];
}

export interface ResponseToKeep {
  /** The ids of the items in its output. */
  itemIds: string[];
  /** JSON. */
  response: Buffer;
  /** JSON: all input that the response answered; null if it is too large to be kept. */
  input: Buffer | null;
}

export interface KeptResponse {
  /** As in `KeptNames`. */
  id: string;
  response: Buffer;
  input: Buffer | null;
}

/** One call, as its kind describes it. */
export interface NativeCall {
  /** The kind of its models in the catalogue. */
  modelKind: ModelKind;
  /** The path below the base URL of each provider that serves it. */
  paths: Partial<Record<Provider, string>>;
  /** Further headers beside the provider's own. Names in lower case. */
  headers: Record<string, string>;
  /** The body: an object to send as JSON, into which long texts are put back afterwards, or a form. */
  bodyOf(sent: SentCall): object | Form;
  /** How long its answer may be, of kinds whose answers are tokens and may be shorter. */
  limit?: AnswerLimit;
  /** The most bytes of an answer, for kinds whose answers are larger than texts. */
  mostAnswerBytes?: number;
  /**
   * The media type, for kinds whose answer is a file. The stream is then that file, and `readAnswer` gets all of its
   * bytes.
   */
  fileType?: string;
  /** The status of an answer, if it is not 200. */
  answerStatus?: number;
  /** Why a model of this kind cannot make what is requested; null if it can. */
  unfit?(model: Model): Refusal | null;
  /** Reads the parsed body of a 200. Missing ids are made from `callId`. */
  readAnswer(body: unknown, callId: string): NativeAnswer | NativeRefusal | UpstreamFailure;
  /** Returns a reader for one stream. It must be called with each event, in order. */
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

export interface AnswerLimit {
  /** The field of the body that has it. */
  field: string;
  /** Tokens that it must have room for beside the answer, such as a budget of thoughts. */
  beside: number;
}

/** A file of a form. Its bytes are private, so that code that walks through fields ignores them. */
export class FormFile {
  readonly #bytes: Uint8Array;
  constructor(
    /** The sender's name for it. Its extension says the type. */
    readonly name: string,
    readonly type: string,
    bytes: Uint8Array,
    /** The digest of the content, if the files must be compared. */
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
  /** Null if the bytes are not of a file type that we keep. */
  put(bytes: Uint8Array): Promise<KeptFile | null>;
}

export interface KeptFile {
  url: string;
  /** Such as `png`. */
  type: string;
  /** Set for an image. */
  size?: ImageSize;
}

/** A call to one provider. */
export interface AddressedCall extends NativeCall {
  /** One of `paths`, and its provider. */
  path: string;
  provider: Provider;
}

export interface SentCall {
  /** The provider, because providers know different fields. */
  provider: Provider;
  upstreamId: string;
  /** Keeps callers apart at the provider, such as in its caches. */
  licenseId: string;
  /** Reasoning models refuse sampling parameters. */
  reasoning: boolean;
  isStreamed: boolean;
}

/** What an upstream answered, in the kind's own form. */
export interface NativeAnswer {
  kind: 'answer';
  body: Record<string, unknown>;
  /** Null if the upstream sent none. */
  tokens: TokenUsage | null;
  /** Whether it can be named by later calls. */
  isKept?: boolean;
  /** For a request for several things: how many came, at least 1. The others are not charged. */
  count?: number;
  /** How many pieces the upstream says there were, where they are not what is counted. */
  pieces?: number;
  /** Sent instead of the body, if the caller wants no JSON. */
  text?: { type: string; text: string };
}

/** An error inside a reply whose status is 200. */
export interface NativeRefusal {
  kind: 'refused';
  /** The status that the error names; undefined if it names none. */
  status: number | undefined;
  /** The same body that a reply with that status would have. */
  body: unknown;
}

export interface NativeEvent {
  /** The event's name, if it has one. */
  name: string | undefined;
  data: Record<string, unknown>;
}

/** Events of a stream that arrived together. */
export interface NativePiece {
  kind: 'piece';
  events: NativeEvent[];
  /** Whether any of it is content: text, reasoning, refusal, tool call or media. */
  hasContent: boolean;
  /** The bytes of a file, which has no events. */
  bytes?: Uint8Array;
}

/** The end of a stream that succeeded. */
export interface NativeEnd {
  kind: 'end';
  /** Sent last, after the post, so that no client takes the stream for complete before. */
  events: NativeEvent[];
  tokens: TokenUsage | null;
  /** Whether it can be named by later calls. */
  isKept?: boolean;
  /** The same as for an answer. */
  count?: number;
  pieces?: number;
  /** The last bytes of a file. */
  bytes?: Uint8Array;
}

/** What one event of a stream has. */
export type NativeEventReader = (
  event: NativeEvent,
) => NativeStep | NativeRefusal | UpstreamFailure;

export interface NativeStep {
  kind: 'step';
  /** The events to pass on instead; none if it is left out. */
  events: NativeEvent[];
  hasContent: boolean;
  /**
   * Whether it is the end, so that these events wait for the charge. If a stream ends without content and was not
   * computed, the kind returns a failure instead.
   */
  isEnd: boolean;
  /** The usage of the whole stream so far; null if the event has none. */
  tokens: TokenUsage | null;
  /** Set for the end: the same as for an answer. */
  count?: number;
  pieces?: number;
}
