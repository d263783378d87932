// Begins a video, even if the client leaves meanwhile.

import type { VideoDialect } from '../../dialects/dialect.js';
import { type StartedVideo, startVideo, type VideoRequest } from '../../flows/startVideo.js';
import { languageOf } from '../../i18n/language.js';
import { REQUEST_ID } from '../kernel/requestId.js';
import { chargedHeaders, JSON_TYPE, sendWhole } from '../kernel/respond.js';
import { arrivalOf, type Exchange, refuseIn } from './exchange.js';
import { packReply, sendReplay } from './idempotency.js';

export async function answerVideo(exchange: Exchange): Promise<void> {
  const { request, response, deps, id, note, parsed } = exchange;
  const dialect = exchange.dialect as VideoDialect;
  const language = languageOf(request.headers['accept-language'], dialect.defaultLanguage);
  const render = ({ job, usage }: StartedVideo) =>
    JSON.stringify(dialect.renderVideo({ id, language, job, usage, url: null }));
  // The cost is not known yet.
  const charged = undefined;
  const outcome = await startVideo(
    parsed as VideoRequest,
    {
      keep: started => packReply(Buffer.from(render(started)), JSON_TYPE, { charged, ...started }),
      ...arrivalOf(exchange),
    },
    deps.videos,
  );
  if (outcome.kind === 'refusal') return refuseIn(request, response, dialect, outcome, id);
  if (outcome.kind === 'replay') {
    note.isReplay = true;
    response.setHeader(REQUEST_ID, id);
    response.statusCode = dialect.startStatus;
    return sendReplay(response, outcome.kept);
  }
  const { usage, model } = outcome;
  note.answeredBy = model;
  const headers = { [REQUEST_ID]: id, ...chargedHeaders(usage, model.provider, charged) };
  sendWhole(response, render(outcome), headers, dialect.startStatus);
}
