// Chats: POST /api/chat_v3 in the MyAIHub dialect, POST /v1/chat/completions in OpenAI's.

import type { RequestListener } from 'node:http';
import type { Express } from 'express';
import type { AnyDialect } from '../../dialects/dialect.js';
import { envelopeChat, envelopeCode } from '../../dialects/envelope/chat.js';
import { envelopeAudio, envelopeImages } from '../../dialects/envelope/media.js';
import { envelopeVideos } from '../../dialects/envelope/videos.js';
import { embeddings } from '../../dialects/media/embeddings.js';
import { imageEdits, imageGenerations } from '../../dialects/media/images.js';
import { moderations } from '../../dialects/media/moderations.js';
import { speech } from '../../dialects/media/speech.js';
import { transcriptions } from '../../dialects/media/transcriptions.js';
import { videos } from '../../dialects/media/videos.js';
import { counted, messages } from '../../dialects/messages/index.js';
import { myaihub } from '../../dialects/myaihubStream.js';
import { openai } from '../../dialects/openai/index.js';
import { countedResponses, responses } from '../../dialects/responses/index.js';
import { withSingleSlashes } from '../../domain/nearestPath.js';
import { refuse } from '../../domain/refusal.js';
import { observeRequest } from '../kernel/observe.js';
import { newRequestId } from '../kernel/requestId.js';
import { answerChat } from './answerChat.js';
import { answerVideo } from './answerVideo.js';
import { answerCount } from './countTokens.js';
import { ENVELOPE } from './envelopeHosts.js';
import { answerEstimate } from './estimate.js';
import { type ChatRouteDeps, type Exchange, refuseIn } from './exchange.js';
import { ROOTS } from './roots.js';

export type { ChatRouteDeps };

interface Served {
  paths: string[];
  dialect: AnyDialect;
  /** Set for requests without a hold and without an upstream, or with another way of answering. */
  answer?: (exchange: Exchange) => Promise<void>;
  /** Whether a GET of it is answered elsewhere. */
  isAlsoGot?: boolean;
}

const PATHS: Served[] = [
  { paths: ['/api/chat_v3', '/api/chat_v3.php'], dialect: myaihub },
  { paths: below('/chat/completions'), dialect: openai },
  { paths: below('/estimate'), dialect: openai, answer: answerEstimate },
  { paths: below('/messages'), dialect: messages },
  { paths: below('/messages/count_tokens'), dialect: counted, answer: answerCount },
  { paths: below('/responses/input_tokens'), dialect: countedResponses, answer: answerCount },
  { paths: [`${ENVELOPE}/chat/completions`], dialect: envelopeChat },
  { paths: [`${ENVELOPE}/code/completions`], dialect: envelopeCode },
  { paths: [`${ENVELOPE}/images/generations`], dialect: envelopeImages },
  { paths: [`${ENVELOPE}/audio/generations`], dialect: envelopeAudio },
  { paths: [`${ENVELOPE}/video/generations`], dialect: envelopeVideos, answer: answerVideo },
  { paths: below('/videos'), dialect: videos, answer: answerVideo, isAlsoGot: true },
  ...inOpenaiForm({
    '/responses': responses,
    '/embeddings': embeddings,
    '/moderations': moderations,
    '/images/generations': imageGenerations,
    '/images/edits': imageEdits,
    '/audio/speech': speech,
    '/audio/transcriptions': transcriptions,
  }),
];

function inOpenaiForm(dialects: Record<string, AnyDialect>) {
  return Object.entries(dialects).map(([path, dialect]) => ({ paths: below(path), dialect }));
}

function below(path: string): string[] {
  return ROOTS.map(root => root + path);
}

/** The listeners for POSTs to exactly these paths, which need not go through Express. */
export function chatListeners(deps: ChatRouteDeps): Map<string, RequestListener> {
  const listeners = PATHS.flatMap(({ paths, dialect, answer }) => {
    return paths.map(path => {
      const listener: RequestListener = (request, response) => {
        answerChat(request, response, dialect, path, deps, answer).catch(error => {
          deps.log.error({ err: error }, 'a chat could not be answered');
          response.destroy();
        });
      };
      return [path, listener] as const;
    });
  });
  return new Map(listeners);
}

/** Clients may join a base URL and a path with two slashes. Allowed only here: proxies have rules for other paths. */
const CLIENTS_PATH = /^\/+((api|envelope)\/+)?(v1|chat_v3)\b/;

/** Adds the routes for other ways to write these paths, and for other methods. */
export function addChatRoutes(app: Express, deps: ChatRouteDeps): void {
  app.use((request, _response, next) => {
    if (CLIENTS_PATH.test(request.url)) {
      request.url = request.url.replace(/^[^?]*/, withSingleSlashes);
    }
    next();
  });
  for (const { paths, dialect, answer, isAlsoGot = false } of PATHS) {
    for (const path of paths) {
      const refuseOthers = onlyPost(dialect, path, isAlsoGot ? 'GET, POST' : 'POST', deps);
      app
        .route(path)
        .post((request, response) => answerChat(request, response, dialect, path, deps, answer))
        .all((request, response, next) =>
          isAlsoGot && request.method === 'GET' ? next() : refuseOthers(request, response),
        );
    }
  }
}

function onlyPost(
  dialect: AnyDialect,
  path: string,
  allowed: string,
  deps: ChatRouteDeps,
): RequestListener {
  return (request, response) => {
    const id = newRequestId();
    observeRequest(request, response, id, () => path, deps);
    const refusal = refuse('method_not_allowed', 'method_not_allowed', { allowed });
    refuseIn(request, response, dialect, refusal, id);
  };
}
