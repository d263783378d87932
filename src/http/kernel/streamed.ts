// Sends an answer while it is made, so that it may have any length.

import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Sends a file, such as for a spreadsheet. */
export async function sendStreamed(
  response: ServerResponse,
  { type, file }: { type: string; file: string },
  texts: AsyncIterable<string>,
): Promise<void> {
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Disposition', `attachment; filename="${file}"`);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // If the client leaves, the reading ends too. If it is slow, the reading slows down.
  await pipeline(Readable.from(texts), response).catch(error => {
    if (!response.destroyed) throw error;
  });
}
