import type { IncomingMessage } from 'node:http';

/** The key in `Authorization: Bearer` or `X-API-Key`, or undefined. */
export function keyInHeaders(request: IncomingMessage): string | undefined {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const key = request.headers['x-api-key'];
  return typeof key === 'string' && key !== '' ? key : undefined;
}
