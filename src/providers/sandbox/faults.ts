// Faults on request: a model name such as `any/model#status-500` says what is to go wrong. This file has the faults
// of bytes and sockets. Those of an answer's content are in answer.ts.

import type { ServerResponse } from 'node:http';

/** The amount, if any, follows the last hyphen: a status, milliseconds, or a number of chunks. */
const WITH_AMOUNT = [
  'status',
  'delay',
  'drip',
  'pace',
  'cut',
  'stream-error',
  'error',
  'turns',
  'images',
  'report-status',
  'content-status',
] as const;
const WITHOUT_AMOUNT = [
  'reset',
  'reset-body',
  'malformed',
  'huge',
  'html',
  'redirect',
  'gzip',
  'moderation',
  'empty',
  'blank',
  'choice-error',
  'tools',
  'length',
  'image',
  'reasoning',
  'encrypted',
  'blank-length',
  'blank-filter',
  'raw',
  'no-endpoint',
  'unverified',
  'job-failed',
  'job-cancelled',
  'job-expired',
  'job-endless',
  'job-uncounted',
] as const;

export type FaultName = (typeof WITH_AMOUNT)[number] | (typeof WITHOUT_AMOUNT)[number];

export interface Fault {
  name: FaultName;
  /** 0 for faults that have none. */
  amount: number;
}

/** Splits a model name at its last `#` into the model and the fault. */
export function parseFault(model: string): { model: string; fault: Fault | undefined | 'unknown' } {
  const at = model.lastIndexOf('#');
  if (at === -1) return { model, fault: undefined };
  return { model: model.slice(0, at), fault: faultOf(model.slice(at + 1)) ?? 'unknown' };
}

function faultOf(text: string): Fault | undefined {
  const plain = WITHOUT_AMOUNT.find(name => name === text);
  if (plain !== undefined) return { name: plain, amount: 0 };
  const [, prefix, digits] = /^([a-z-]+)-(\d{1,9})$/.exec(text) ?? [];
  const name = WITH_AMOUNT.find(known => known === prefix);
  if (name === 'status' && !/^[45]\d\d$/.test(digits ?? '')) return undefined;
  return name === undefined ? undefined : { name, amount: Number(digits) };
}

export interface Payload {
  status: number;
  headers: Record<string, string>;
  /** One piece for JSON, one per event for a stream, or the bytes of a file. */
  pieces: Array<string | Uint8Array>;
}

const HUGE_CHUNK = ' '.repeat(64 * 1024);

/** Applies faults that change what is sent. How it is sent is the same for all. */
export function disturb(payload: Payload, fault: Fault): Payload {
  const { headers, pieces } = payload;
  switch (fault.name) {
    case 'malformed':
      return { ...payload, pieces: pieces.map(piece => halfOf(String(piece))) };
    case 'html':
      return {
        status: 200,
        headers: { 'content-type': 'text/html' },
        pieces: ['<!doctype html><title>[sandbox]</title>'],
      };
    case 'redirect':
      return { status: 302, headers: { location: '/' }, pieces: [] };
    case 'gzip':
      return { ...payload, headers: { ...headers, 'content-encoding': 'gzip' } };
    case 'reset-body':
      return { ...payload, pieces: [halfOf(pieces.join(''))] };
    case 'cut':
      return { ...payload, pieces: pieces.slice(0, cutAfter(pieces, fault.amount)) };
    default:
      return payload;
  }
}

/** The index after so many chunks. Comments are not chunks. */
function cutAfter(pieces: Payload['pieces'], chunks: number): number {
  let seen = 0;
  const index = pieces.findIndex(piece => {
    if (typeof piece !== 'string' || !piece.startsWith(':')) seen += 1;
    return seen > chunks;
  });
  return index === -1 ? pieces.length : index;
}

function halfOf(text: string): string {
  return text.slice(0, Math.ceil(text.length / 2));
}

/** How long to wait between pieces. */
export function pauseMsOf(fault: Fault | undefined): number {
  return fault?.name === 'drip' || fault?.name === 'pace' ? fault.amount : 0;
}

/** Ends the connection with an RST instead of a FIN. */
export function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Writes until the client closes the connection. */
export function writeWithoutEnd(response: ServerResponse): void {
  const write = () => {
    while (!response.destroyed && response.write(HUGE_CHUNK));
  };
  response.on('drain', write);
  write();
}
