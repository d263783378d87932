// The network address of a caller, for requests that do not go through Express. The same as Express's `request.ip`.

import type { IncomingMessage } from 'node:http';
import express from 'express';

export type TrustProxy = boolean | number | string;
type Trusts = (address: string, hop: number) => boolean;

const compiled = new Map<TrustProxy, Trusts>();

/** The first address, from the connection outwards, that is no proxy of ours; empty if there is none. */
export function addressOf(request: IncomingMessage, trustProxy: TrustProxy): string {
  const { 'x-forwarded-for': forwarded = '' } = request.headers;
  const told = forwarded.toString().split(',').reverse();
  let address = request.socket.remoteAddress ?? '';
  for (const [hop, next] of told.entries()) {
    if (next.trim() === '' || !trusts(trustProxy)(address, hop)) break;
    address = next.trim();
  }
  return address;
}

/** Lets Express interpret `TRUST_PROXY`. */
function trusts(trustProxy: TrustProxy): Trusts {
  let known = compiled.get(trustProxy);
  if (!known) {
    known = express().set('trust proxy', trustProxy).get('trust proxy fn') as Trusts;
    compiled.set(trustProxy, known);
  }
  return known;
}
