// Collects what becomes known of a request while it is answered, and reports it once the answer is sent. The log, the
// metrics and the counters of refusals use it. It costs one listener for each request.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Model } from '../../domain/catalog.js';
import { keyLast4 } from '../../domain/key.js';
import type { Provider } from '../../domain/provider.js';
import type { Refusal } from '../../domain/refusal.js';
import { repeatable } from '../../domain/secretForms.js';
import type { RequestTrace, Tracer } from '../../domain/trace.js';
import type { Trail } from '../../domain/trail.js';

/** How a request ended, for its line in the log. Unknown fields are undefined. */
export interface SeenRequest {
  requestId: string;
  method: string | undefined;
  /** The route's pattern, such as `/admin/api/licenses/:id`, because the address itself may contain secrets. */
  route: string;
  /** Only for chats. */
  dialect: string | undefined;
  /** Undefined if the client left before it was sent. */
  status: number | undefined;
  outcome: RequestOutcome;
  /** The code of the refusal, and the key of its message. */
  code: string | undefined;
  reason: string | undefined;
  license: string | undefined;
  /** The last 4 characters of the key. */
  key: string | undefined;
  /** The model's id; if the catalogue has no such model, what the caller wrote. */
  model: string | undefined;
  /** Set if another model answered than the requested one. */
  answeredBy: string | undefined;
  provider: Provider | undefined;
  /** Units. */
  charged: number | undefined;
  ms: number;
  upstreamMs: number | undefined;
  /** Why the upstream failed, such as `status_500`. The caller does not see it. */
  failure: string | undefined;
  /** The bytes that were sent to the client, including headers. */
  bytes: number;
  streamed: boolean | undefined;
}

export type RequestOutcome = 'success' | 'replayed' | 'refused' | 'client_left';

const NOTE = Symbol('what is known of the request');
type Noted = ServerResponse & { [NOTE]?: Note };

/** All fields exist from the start, so that V8 gives every note the same hidden class. */
export class Note implements Trail {
  licenseId: string | undefined = undefined;
  licenseKey: string | undefined = undefined;
  model: Model | undefined = undefined;
  answeredBy: Model | undefined = undefined;
  upstreamMs: number | undefined = undefined;
  failure: string | undefined = undefined;
  charged: number | undefined = undefined;
  refusal: Refusal | undefined = undefined;
  /** The key and model that the request named, whether they exist or not. Undefined before they are read. */
  sentKey: string | undefined = undefined;
  sentModel: string | undefined = undefined;
  isStreamed: boolean | undefined = undefined;
  isReplay = false;
  trace: RequestTrace | undefined = undefined;
  private outcome: RequestOutcome = 'success';
  private status: number | undefined = undefined;
  private endedAtMs = 0;
  private readonly begunAtMs = performance.now();
  private readonly bytesBefore: number;

  constructor(
    request: IncomingMessage,
    readonly requestId: string,
    readonly dialect: string | undefined,
    /** How many parts must end before the report: the answer, and the code that answers. */
    private waitsFor: number,
    private readonly report: (note: Note, request: IncomingMessage) => void,
  ) {
    this.bytesBefore = request.socket.bytesWritten;
  }

  /** Called when the answer is sent or the connection is gone. */
  answerIsGone(response: ServerResponse): void {
    if (this.refusal) this.outcome = 'refused';
    else if (!response.writableFinished) this.outcome = 'client_left';
    else if (this.isReplay) this.outcome = 'replayed';
    if (response.headersSent) this.status = response.statusCode;
    this.endedAtMs = performance.now();
    this.isDone(response.req);
  }

  /** Called when one of the parts has ended. */
  isDone(request: IncomingMessage): void {
    this.waitsFor -= 1;
    if (this.waitsFor === 0) this.report(this, request);
  }

  seen(request: IncomingMessage, route: string): SeenRequest {
    const { refusal, model, answeredBy, outcome, licenseId, licenseKey } = this;
    const isRefused = outcome === 'refused';
    return {
      requestId: this.requestId,
      method: this.dialect === undefined ? request.method : undefined,
      route,
      dialect: this.dialect,
      status: this.status,
      outcome,
      code: isRefused ? refusal?.code : undefined,
      reason: isRefused ? refusal?.message.key : undefined,
      license: licenseId,
      key: licenseId && licenseKey ? keyLast4(licenseKey) : undefined,
      model: model ? model.id : askedModel(refusal),
      answeredBy: answeredBy === model ? undefined : answeredBy?.id,
      provider: model?.provider ?? refusal?.provider,
      charged: this.charged ?? refusal?.charged,
      ms: tenths(this.endedAtMs - this.begunAtMs),
      upstreamMs: this.upstreamMs === undefined ? undefined : tenths(this.upstreamMs),
      failure: this.failure,
      bytes: request.socket.bytesWritten - this.bytesBefore,
      streamed: this.isStreamed,
    };
  }
}

function askedModel(refusal: Refusal | undefined): string | undefined {
  if (refusal?.message.key !== 'model_not_found') return undefined;
  return repeatable(refusal.message.parameters.model);
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}

export function noteRefusal(response: ServerResponse, refusal: Refusal): void {
  const note = (response as Noted)[NOTE];
  if (note) note.refusal = refusal;
}

/** Notes the key and the model that the request named. */
export function noteSent(
  note: Note,
  { key, model }: { key: string | undefined; model: string | undefined },
): void {
  note.sentKey = key;
  note.sentModel = model;
}

/** Notes the license to which the request's key belongs. */
export function noteLicense(response: ServerResponse, licenseId: string): void {
  const note = (response as Noted)[NOTE];
  if (note) note.licenseId = licenseId;
}

/** A refused chat, with the key and the model that it named. */
export interface RefusedChat {
  requestId: string;
  dialect: string;
  provider: Provider | null;
  key: string | undefined;
  model: string | undefined;
  refusal: Refusal;
}

export interface ObserveDeps {
  /** Called for each request, once it has ended. */
  reportRequest(seen: SeenRequest): void;
  reportRefused(refused: RefusedChat): void;
  tracer: Tracer | null;
}

/** Reports how a chat ended, once its answer is sent and `isDone` was called. */
export function observeChat(
  request: IncomingMessage,
  response: ServerResponse,
  about: { id: string; dialect: string; route: string },
  deps: ObserveDeps,
): Note {
  const { id, dialect, route } = about;
  const note = new Note(request, id, dialect, 2, (ended, of) => {
    const seen = ended.seen(of, route);
    deps.reportRequest(seen);
    const { refusal, sentKey: key, sentModel: model } = ended;
    if (seen.outcome === 'refused' && refusal) {
      const provider = seen.provider ?? null;
      deps.reportRefused({ requestId: id, dialect, provider, key, model, refusal });
    }
    ended.trace?.end(attributesOf(seen), seen.code);
  });
  note.trace = deps.tracer?.begin(route, id, request.headers.traceparent);
  watch(response, note);
  return note;
}

/** The same for any other request. `routeOf` is called at the end, when the route is known. */
export function observeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  routeOf: () => string,
  deps: ObserveDeps,
): void {
  const report = (ended: Note, of: IncomingMessage) =>
    deps.reportRequest(ended.seen(of, routeOf()));
  watch(response, new Note(request, id, undefined, 1, report));
}

function watch(response: ServerResponse, note: Note): void {
  (response as Noted)[NOTE] = note;
  response.on('close', () => note.answerIsGone(response));
}

/** The attributes of a request's span. */
function attributesOf(seen: SeenRequest) {
  const { requestId, route, dialect, status, outcome, license, model, answeredBy } = seen;
  const { provider, charged, streamed, reason } = seen;
  const all = {
    'http.request.method': 'POST',
    'http.route': route,
    'http.response.status_code': status,
    'sahm.request.id': requestId,
    'sahm.dialect': dialect,
    'sahm.outcome': outcome,
    'sahm.refusal.reason': reason,
    'sahm.license.id': license,
    'gen_ai.request.model': model,
    'gen_ai.response.model': answeredBy,
    'gen_ai.provider.name': provider,
    'sahm.charged.units': charged,
    'sahm.streamed': streamed,
  };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string | number | boolean] => {
      return entry[1] !== undefined;
    }),
  );
}
