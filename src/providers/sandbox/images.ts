// The sandbox's image models. They make real images of the requested size, with stripes so that one can see them.

import { crc32, deflateSync } from 'node:zlib';
import { modelAndFault, type SandboxRequest } from './request.js';
import type { NativeStandIn } from './standIn.js';
import { wireError } from './wireError.js';

const DEFAULT_PIXELS = 1024;
const MOST_PIXELS = 2048;

/** `prefix` begins the names of the events. */
export function images(prefix: string): NativeStandIn {
  return {
    readRequest(body) {
      const read = modelAndFault(body);
      if ('kind' in read) return read;
      if (typeof body.prompt !== 'string' || body.prompt === '') {
        return wireError(400, 'You must provide a prompt.', 'prompt');
      }
      if (body.response_format !== undefined) {
        return wireError(400, "Unknown parameter: 'response_format'.", 'response_format');
      }
      const messages = [{ role: 'user', content: body.prompt }];
      return { ...read, stream: String(body.stream) === 'true', messages, body };
    },
    bodyOf(request, { createdSeconds, promptTokens }) {
      const asked = Number(request.body.n ?? 1);
      const { fault } = request;
      const count = fault?.name === 'images' ? Math.min(fault.amount, asked) : asked;
      const b64_json = imageFor(request);
      const data = Array.from({ length: count }, () => ({ b64_json }));
      return { created: createdSeconds, data, usage: usageOf(promptTokens) };
    },
    eventsOf(request, { createdSeconds, promptTokens }) {
      const b64_json = imageFor(request);
      const draft = { type: `${prefix}.partial_image`, b64_json, partial_image_index: 0 };
      const text = { type: `${prefix}.text_chunk`, phase: 'sandbox', text: '[sandbox]' };
      const usage = usageOf(promptTokens);
      const done = { type: `${prefix}.completed`, b64_json, created_at: createdSeconds, usage };
      return [text, draft, done].map(
        data => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`,
      );
    },
  };
}

const IMAGE_TOKENS = 272;

function usageOf(promptTokens: number) {
  const total_tokens = promptTokens + IMAGE_TOKENS;
  return { input_tokens: promptTokens, output_tokens: IMAGE_TOKENS, total_tokens };
}

function imageFor({ body, fault }: SandboxRequest): string {
  if (fault?.name === 'blank') return '';
  if (fault?.name === 'html') return Buffer.from('<html>').toString('base64');
  const [, width, height] = /^(\d{1,4})x(\d{1,4})$/.exec(String(body.size)) ?? [];
  const pixels = (text: string | undefined) =>
    Math.min(MOST_PIXELS, Math.max(1, Number(text ?? DEFAULT_PIXELS)));
  return png(pixels(width), pixels(height)).toString('base64');
}

/** One bit per pixel. */
function png(width: number, height: number): Buffer {
  const row = Buffer.alloc(1 + Math.ceil(width / 8), 0xf0);
  row[0] = 0;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head[8] = 1;
  const rows = Buffer.concat(Array.from({ length: height }, () => row));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
