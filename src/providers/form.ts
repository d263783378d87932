// Writes multipart/form-data (RFC 7578).

import { randomUUID } from 'node:crypto';
import type { Form } from '../domain/native.js';

/** Returns pieces, because joining them would copy each file. */
export function writeForm({ parts }: Form): { contentType: string; pieces: Uint8Array[] } {
  const boundary = `sahm-${randomUUID()}`;
  const pieces = parts.flatMap(([name, value]) => {
    const isText = typeof value === 'string';
    const file = isText
      ? ''
      : `; filename="${quoted(value.name)}"\r\nContent-Type: ${typeOf(value.type)}`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(name)}"${file}\r\n\r\n`;
    return [Buffer.from(head), isText ? Buffer.from(value) : value.bytes, Buffer.from('\r\n')];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    pieces: [...pieces, Buffer.from(`--${boundary}--\r\n`)],
  };
}

/** Escapes as browsers do, so that nothing in the name can end the name or the line. */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function typeOf(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? type : 'application/octet-stream';
}
