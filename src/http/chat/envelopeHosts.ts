// The envelope's clients know its paths below /v1. Whoever gives it a host name of its own serves them unchanged.

import type { IncomingMessage } from 'node:http';

export const ENVELOPE = '/envelope/v1';
const ROOT = /^\/+v1(?=[/?]|$)/;

/** Sends what comes for one of these hosts to the envelope's paths; undefined where there are none. */
export function toEnvelope(hosts: string[]): ((request: IncomingMessage) => void) | undefined {
  if (hosts.length === 0) return undefined;
  return request => {
    const [host = ''] = (request.headers.host ?? '').toLowerCase().split(':');
    if (hosts.includes(host)) request.url = request.url?.replace(ROOT, ENVELOPE);
  };
}
