// The sandbox's videos: jobs in OpenRouter's form. A job is pending when it is first asked for, then in progress, then
// completed. A job's id contains all that is known of it, so that any sandbox can answer for it.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendError, sendJson } from './exchange.js';
import type { Fault } from './faults.js';
import { modelAndFault } from './request.js';
import type { ServedLog } from './served.js';
import type { NativeStandIn, StandIn } from './standIn.js';
import { wireError } from './wireError.js';

const MOST_JOBS = 10_000;
const COST_DOLLARS = 0.25;

export const videos: NativeStandIn = {
  status: 202,
  readRequest(body) {
    const read = modelAndFault(body);
    if ('kind' in read) return read;
    if (typeof body.prompt !== 'string' || body.prompt === '') {
      return wireError(400, 'You must provide a prompt.', 'prompt');
    }
    const messages = [{ role: 'user', content: body.prompt }];
    return { ...read, stream: false, messages, body };
  },
  bodyOf({ body, fault }, { id: answerId }) {
    if (fault?.name === 'blank') return { status: 'pending' };
    const seconds = Number(body.duration ?? 5);
    const job = JSON.stringify({ answerId, fault: fault ?? null, seconds });
    const id = `job-${Buffer.from(job).toString('base64url')}`;
    return { id, polling_url: `/api/v1/videos/${id}`, status: 'pending' };
  },
  eventsOf: () => [],
};

export interface VideoServer {
  /** Answers a request about a job; false if the request is not about a job. */
  serve(
    action: string,
    how: { request: IncomingMessage; response: ServerResponse; standIn: StandIn; log: ServedLog },
  ): boolean;
}

export function createVideoServer(): VideoServer {
  /** How often each job was asked for. */
  const asked = new Map<string, number>();
  return {
    serve(action, { request, response, standIn, log }) {
      const [, id = '', part] = /^GET \/videos\/([\w%-]+)(\/content)?$/.exec(action) ?? [];
      const job = jobOf(id);
      if (!job) return false;
      const holdId = request.headers['x-client-request-id']?.toString() ?? null;
      const outcome = part ? 'content' : 'report';
      const about = { at: new Date().toISOString(), provider: 'openrouter', holdId } as const;
      const record = log.receive({ ...about, model: null, stream: false, bodyBytes: 0, outcome });
      response.on('close', () => log.end(record, !response.writableFinished));
      const { fault, seconds } = job;
      if (part) {
        if (fault?.name === 'content-status') {
          sendError(response, standIn, wireError(fault.amount, '[sandbox] As asked for.'));
        } else sendFile(response, fault?.name === 'html' ? HTML : mp4(seconds));
        return true;
      }
      const times = (asked.get(id) ?? 0) + 1;
      if (asked.size >= MOST_JOBS) asked.clear();
      asked.set(id, times);
      if (fault?.name === 'report-status' && times === 1) {
        sendError(response, standIn, wireError(fault.amount, '[sandbox] As asked for.'));
      } else sendJson(response, 200, { id, ...reportOf(fault, times) });
      return true;
    },
  };
}

interface Job {
  fault: Fault | null;
  seconds: number;
}

function jobOf(id: string): Job | null {
  if (!id.startsWith('job-')) return null;
  try {
    return JSON.parse(Buffer.from(id.slice(4), 'base64url').toString());
  } catch {
    return null;
  }
}

const ENDS: Partial<Record<string, string>> = {
  'job-failed': 'failed',
  'job-cancelled': 'cancelled',
  'job-expired': 'expired',
};

function reportOf(fault: Fault | null, times: number): object {
  const end = ENDS[fault?.name ?? ''];
  if (times === 1) return { status: 'pending' };
  if (end) return { status: end, error: '[sandbox] The prompt was not accepted.' };
  if (times === 2 || fault?.name === 'job-endless') return { status: 'in_progress', progress: 50 };
  return {
    status: 'completed',
    unsigned_urls: ['https://sandbox.invalid/video.mp4'],
    ...(fault?.name !== 'job-uncounted' && { usage: { cost: COST_DOLLARS } }),
  };
}

const HTML = { type: 'video/mp4', bytes: Buffer.from('<!doctype html>') };

function sendFile(response: ServerResponse, { type, bytes }: { type: string; bytes: Buffer }) {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length }).end(bytes);
}

const MILLISECONDS = 1_000;

/** An MPEG-4 file without tracks. Its header says how long it is. */
function mp4(seconds: number): { type: string; bytes: Buffer } {
  const head = Buffer.alloc(100);
  head.writeUInt32BE(MILLISECONDS, 12);
  head.writeUInt32BE(seconds * MILLISECONDS, 16);
  // Rate, volume, and the identity matrix.
  head.writeUInt32BE(0x00010000, 20);
  head.writeUInt16BE(0x0100, 24);
  head.writeUInt32BE(0x00010000, 36);
  head.writeUInt32BE(0x00010000, 52);
  head.writeUInt32BE(0x40000000, 68);
  // The id of the next track.
  head.writeUInt32BE(1, 96);
  const brands = Buffer.from('isom\0\0\x02\0isomiso2mp41', 'latin1');
  const said = Buffer.from('[sandbox]');
  const bytes = Buffer.concat([
    box('ftyp', brands),
    box('moov', box('mvhd', head)),
    box('free', said),
    box('mdat', Buffer.alloc(0)),
  ]);
  return { type: 'video/mp4', bytes };
}

function box(name: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(name, 4, 'latin1');
  return Buffer.concat([head, content]);
}
