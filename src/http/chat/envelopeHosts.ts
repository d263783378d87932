// The envelope's clients expect its paths below /v1. An operator can give the envelope a host name of its own, so that
// these clients need no change.

import type { IncomingMessage } from 'node:http';

export const ENVELOPE = '/envelope/v1';
const ROOT = /^\/+v1(?=[/?]|$)/;

/** Rewrites requests for one of these hosts to the envelope's paths; undefined if there are no such hosts. */
export function toEnvelope(hosts: string[]): ((request: IncomingMessage) => void) | undefined {
  if (hosts.length === 0) return undefined;
  return request => {
    const [host = ''] = (request.headers.host ?? '').toLowerCase().split(':');
    if (hosts.includes(host)) request.url = request.url?.replace(ROOT, ENVELOPE);
  };
}
