// Serves one chat request: to the last byte, or to the fault that was asked for.

import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, answerTo } from './answer.js';
import { disturb, type Fault, type Payload, pauseMsOf, reset, writeWithoutEnd } from './faults.js';
import type { Generation } from './generations.js';
import type { SandboxRequest } from './request.js';
import type { StandIn } from './standIn.js';
import { type WireError, wireError } from './wireError.js';

const BREAKING = ['reset', 'reset-body', 'cut'];

/** True if the sandbox itself breaks the connection, so that the client is not to blame. */
export function breaksConnection(fault: Fault | undefined): boolean {
  return fault !== undefined && BREAKING.includes(fault.name);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers })
    .end(text);
}

export function sendError(response: ServerResponse, standIn: StandIn, error: WireError): void {
  const headers: Record<string, string> = error.status === 429 ? { 'retry-after': '2' } : {};
  sendJson(response, error.status, standIn.errorBody(error), headers);
}

/** Serves the request; ends early if the client leaves. `begun` gets the answer, whose `share` grows as it is sent. */
export async function serveChat(
  request: SandboxRequest,
  response: ServerResponse,
  standIn: StandIn,
  begun: (generation: Generation) => void,
): Promise<void> {
  const { fault } = request;
  const left = new AbortController();
  response.on('close', () => left.abort());
  if (fault?.name === 'reset') return reset(response);
  const asked = fault && errorAskedFor(fault);
  if (asked) return sendError(response, standIn, asked);
  if (fault?.name === 'delay') await pause(fault.amount, undefined, { signal: left.signal });

  const answer = answerTo(request);
  const whole = payloadOf(request, answer, standIn);
  const payload = fault ? disturb(whole, fault) : whole;
  response.writeHead(payload.status, payload.headers);
  if (fault?.name === 'huge') return writeWithoutEnd(response);
  const pieces = fault?.name === 'drip' ? bytesOf(payload.pieces) : payload.pieces;
  const generation = { headers: whole.headers, answer, share: 0 };
  begun(generation);
  const written = (count: number) => {
    generation.share = count / pieces.length;
  };
  await writePieces(response, pieces, pauseMsOf(fault), left.signal, written);
  if (fault?.name === 'reset-body') return reset(response);
  if (fault?.name === 'cut') return void response.destroy();
  response.end();
}

function errorAskedFor(fault: Fault): WireError | undefined {
  if (fault.name === 'status') {
    return wireError(fault.amount, `[sandbox] Status ${fault.amount}, as asked for.`);
  }
  switch (fault.name) {
    case 'moderation':
      return {
        ...wireError(403, '[sandbox] The input was flagged.'),
        metadata: { reasons: ['sandbox'], flagged_input: '...', provider_name: 'sandbox' },
      };
    case 'raw':
      return {
        ...wireError(400, 'Provider returned error'),
        metadata: {
          provider_name: 'sandbox',
          raw: '{"error":{"message":"[sandbox] The prompt is too long.","code":400}}',
        },
      };
    case 'no-endpoint':
      return wireError(404, 'No endpoints found that support tool use.');
    case 'unverified':
      return wireError(
        400,
        'Your organization must be verified to stream this model. Please go to the settings and click on Verify Organization.',
        'stream',
        'unsupported_value',
      );
    default:
      return undefined;
  }
}

function payloadOf(request: SandboxRequest, answer: Answer, standIn: StandIn): Payload {
  const own = standIn.headersOf(answer);
  const file = standIn.fileOf?.(request);
  if (file) {
    return { status: 200, headers: { 'content-type': file.type, ...own }, pieces: file.pieces };
  }
  if (request.stream) {
    const headers = { 'content-type': 'text/event-stream', ...own };
    return { status: 200, headers, pieces: standIn.eventsOf(request, answer) };
  }
  const headers = { 'content-type': 'application/json', ...own };
  const { status = 200 } = standIn;
  return { status, headers, pieces: [JSON.stringify(standIn.bodyOf(request, answer))] };
}

/** Single bytes, so that characters are split too. */
function bytesOf(pieces: Payload['pieces']): Uint8Array[] {
  return [...Buffer.from(pieces.join(''))].map(byte => Uint8Array.of(byte));
}

/** Waits until each piece is sent, so that the rest is not buffered for a slow reader. */
async function writePieces(
  response: ServerResponse,
  pieces: Array<string | Uint8Array>,
  pauseMs: number,
  signal: AbortSignal,
  written: (count: number) => void,
): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    await new Promise<void>((resolve, reject) => {
      response.write(piece, error => (error ? reject(error) : resolve()));
    });
    written(index + 1);
    if (pauseMs > 0) await pause(pauseMs, undefined, { signal });
  }
}
