// What is known of a request while it is answered: noted by whoever learns it, reported once the answer is gone. The
// log, the metrics and the counters of refusals are made of it. It costs a request one listener.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Model } from '../../domain/catalog.js';
import { keyLast4 } from '../../domain/key.js';
import type { Provider } from '../../domain/provider.js';
import type { Refusal } from '../../domain/refusal.js';
import { repeatable } from '../../domain/secretForms.js';
import type { RequestTrace, Tracer } from '../../domain/trace.js';
import type { Trail } from '../../domain/trail.js';

/** How a request ended, as its line in the log has it. What is not known of it is undefined. */
export interface SeenRequest {
  requestId: string;
  method: string | undefined;
  /** As it is described, `/admin/api/licenses/:id`: an address may hold what is secret. */
  route: string;
  /** Only of chats. */
  dialect: string | undefined;
  /** Absent where the client left before it was sent. */
  status: number | undefined;
  outcome: RequestOutcome;
  /** The code of the refusal, and the key of its message. */
  code: string | undefined;
  reason: string | undefined;
  license: string | undefined;
  /** The last 4 characters of its key. */
  key: string | undefined;
  /** Of the catalogue; where it has no such model, what the caller wrote. */
  model: string | undefined;
  /** Where it is another model than the one that was asked for. */
  answeredBy: string | undefined;
  provider: Provider | undefined;
  /** Units. */
  charged: number | undefined;
  ms: number;
  upstreamMs: number | undefined;
  /** Why the upstream did not answer, which the caller is not told: `status_500`. */
  failure: string | undefined;
  /** Sent to the client, headers included. */
  bytes: number;
  streamed: boolean | undefined;
}

export type RequestOutcome = 'success' | 'replayed' | 'refused' | 'client_left';

const NOTE = Symbol('what is known of the request');
type Noted = ServerResponse & { [NOTE]?: Note };

/** All fields are there from the start, so that every note has the same shape. */
export class Note implements Trail {
  licenseId: string | undefined = undefined;
  licenseKey: string | undefined = undefined;
  model: Model | undefined = undefined;
  answeredBy: Model | undefined = undefined;
  upstreamMs: number | undefined = undefined;
  failure: string | undefined = undefined;
  charged: number | undefined = undefined;
  refusal: Refusal | undefined = undefined;
  /** What it came with, as far as it was read, whether there is such a key and model or not. */
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
    /** The answer's end, and that of whoever answers: reported after the last of them. */
    private waitsFor: number,
    private readonly report: (note: Note, request: IncomingMessage) => void,
  ) {
    this.bytesBefore = request.socket.bytesWritten;
  }

  /** The connection is gone or free again: what is said of the answer is said now. */
  answerIsGone(response: ServerResponse): void {
    if (this.refusal) this.outcome = 'refused';
    else if (!response.writableFinished) this.outcome = 'client_left';
    else if (this.isReplay) this.outcome = 'replayed';
    if (response.headersSent) this.status = response.statusCode;
    this.endedAtMs = performance.now();
    this.isDone(response.req);
  }

  /** Called when a part of what it waits for has ended. */
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

/** Who asks, and for what. */
export function noteSent(
  note: Note,
  { key, model }: { key: string | undefined; model: string | undefined },
): void {
  note.sentKey = key;
  note.sentModel = model;
}

/** The license that a request turned out to be of. */
export function noteLicense(response: ServerResponse, licenseId: string): void {
  const note = (response as Noted)[NOTE];
  if (note) note.licenseId = licenseId;
}

/** A chat that was refused, with who asked and for what. */
export interface RefusedChat {
  requestId: string;
  dialect: string;
  provider: Provider | null;
  key: string | undefined;
  model: string | undefined;
  refusal: Refusal;
}

export interface ObserveDeps {
  /** Told of each request, once it has ended. */
  reportRequest(seen: SeenRequest): void;
  reportRefused(refused: RefusedChat): void;
  tracer: Tracer | null;
}

/** Reports how a chat ended, once its answer is gone and `isDone` was called. */
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

/** The same of any other request. `routeOf` is asked at the end, when it is known who answered. */
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

/** What a span says of a request. */
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
