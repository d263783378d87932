// What a license key can ask: chats, media, models, and what is left of the license.

import type { Answer } from './details.js';
import { SahmError } from './errors.js';
import { LicenseCalls } from './license.js';
import type { Stream } from './stream.js';
import { type CallOptions, type ClientOptions, environment, Transport } from './transport.js';
import type {
  AnswerOf,
  Audio,
  AudioRequest,
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  ChatV3Event,
  ChatV3Reply,
  ChatV3Request,
  CodeCompletion,
  CodeRequest,
  ImageRequest,
  Images,
  Video,
  VideoRequest,
} from './types.js';

export interface SahmOptions extends ClientOptions {
  /**
   * The license key.
   * @default process.env.SAHM_KEY
   */
  apiKey?: string;
}

export class Sahm {
  readonly chat: { completions: ChatCompletions };
  readonly code: { completions: CodeCompletions };
  readonly images: ImageCalls;
  readonly audio: AudioCalls;
  readonly video: VideoCalls;
  readonly models: ModelCalls;
  readonly license: LicenseCalls;
  readonly #transport: Transport;

  constructor(options: SahmOptions = {}) {
    const apiKey = options.apiKey ?? environment('SAHM_KEY');
    if (!apiKey) throw new SahmError('There is no license key: give `apiKey`, or set SAHM_KEY.');
    const transport = new Transport(options, apiKey);
    this.#transport = transport;
    this.chat = { completions: new ChatCompletions(transport) };
    this.code = { completions: new CodeCompletions(transport) };
    this.images = new ImageCalls(transport);
    this.audio = new AudioCalls(transport);
    this.video = new VideoCalls(transport);
    this.models = new ModelCalls(transport);
    this.license = new LicenseCalls(transport);
  }

  /** Asks one prompt and gets one reply, in the MyAIHub dialect. */
  chatV3(
    request: ChatV3Request & { stream?: false },
    options?: CallOptions,
  ): Promise<Answer<ChatV3Reply>>;
  chatV3(
    request: ChatV3Request & { stream: true },
    options?: CallOptions,
  ): Promise<Stream<ChatV3Event>>;
  chatV3(request: ChatV3Request & { stream?: boolean }, options?: CallOptions) {
    const call = charged('/api/chat_v3', request, options);
    return request.stream ? this.#transport.stream(call) : this.#transport.whole(call);
  }
}

/** What the calls of one subject have in common. */
abstract class Calls {
  constructor(protected readonly transport: Transport) {}
}

export class ChatCompletions extends Calls {
  create(
    request: ChatRequest & { stream?: false },
    options?: CallOptions,
  ): Promise<Answer<ChatCompletion>>;
  create(
    request: ChatRequest & { stream: true },
    options?: CallOptions,
  ): Promise<Stream<ChatChunk>>;
  create(request: ChatRequest & { stream?: boolean }, options?: CallOptions) {
    const call = charged('/v1/chat/completions', request, options);
    return request.stream ? this.transport.stream(call) : this.transport.whole(call);
  }

  /** Tells whether the balance is enough for a chat, and the most that the chat can cost. Asking costs nothing. */
  estimate(
    request: ChatRequest,
    options?: CallOptions,
  ): Promise<Answer<AnswerOf<'/v1/estimate', 'post'>>> {
    const path = '/v1/estimate';
    return this.transport.whole({
      method: 'POST',
      path,
      body: request,
      kind: 'repeatable',
      options,
    });
  }
}

export class CodeCompletions extends Calls {
  create(request: CodeRequest, options?: CallOptions): Promise<Answer<CodeCompletion>> {
    return opened(this.transport.whole(charged('/envelope/v1/code/completions', request, options)));
  }
}

export class ImageCalls extends Calls {
  create(request: ImageRequest, options?: CallOptions): Promise<Answer<Images>> {
    return opened(
      this.transport.whole(charged('/envelope/v1/images/generations', request, options)),
    );
  }
}

export class AudioCalls extends Calls {
  create(request: AudioRequest, options?: CallOptions): Promise<Answer<Audio>> {
    return opened(
      this.transport.whole(charged('/envelope/v1/audio/generations', request, options)),
    );
  }
}

export class VideoCalls extends Calls {
  /** Begins a video. `get` tells when it is ready. */
  create(request: VideoRequest, options?: CallOptions): Promise<Answer<Video>> {
    return opened(
      this.transport.whole(charged('/envelope/v1/video/generations', request, options)),
    );
  }

  get(id: string, options?: CallOptions): Promise<Answer<Video>> {
    const path = `/envelope/v1/video/generations/${encodeURIComponent(id)}`;
    return opened(this.transport.whole({ method: 'GET', path, kind: 'repeatable', options }));
  }
}

export class ModelCalls extends Calls {
  /** Lists all models. `available` says whether the license may use a model. */
  list(options?: CallOptions): Promise<Answer<AnswerOf<'/v1/models', 'get'>>> {
    return this.transport.whole({ method: 'GET', path: '/v1/models', kind: 'repeatable', options });
  }

  get(id: string, options?: CallOptions): Promise<Answer<AnswerOf<'/v1/models/{id}', 'get'>>> {
    const path = `/v1/models/${encodeURIComponent(id)}`;
    return this.transport.whole({ method: 'GET', path, kind: 'repeatable', options });
  }
}

function charged(path: string, body: object, options: CallOptions | undefined) {
  return { method: 'POST', path, body, kind: 'charged', options } as const;
}

/** Returns `data` of the envelope `{success, data, message, timestamp}`. */
async function opened<Data>(asked: Promise<Answer<{ data: Data }>>): Promise<Answer<Data>> {
  const { data, ...others } = await asked;
  return { data: data.data, ...others };
}
