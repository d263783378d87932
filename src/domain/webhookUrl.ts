// Where webhooks may be sent. An administrator's word must not reach the network behind the service: only
// addresses that anybody on the internet could reach are let through, and everything else is refused.

import ipaddr from 'ipaddr.js';

/** What the library takes for ordinary addresses, and is none (RFC 2544, 2928, 9637). */
const BENCHMARKS = ipaddr.IPv4.parseCIDR('198.18.0.0/15');
const SPECIAL_IPV6 = ['2001::/23', '3fff::/20'].map(range => ipaddr.IPv6.parseCIDR(range));
/** All IPv6 addresses that are given out lie in it; NAT64, mapped and other special ones do not. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** `allowsLoopback`: a service under development may be told of itself. */
export function isAllowedAddress(address: string, allowsLoopback: boolean): boolean {
  if (!ipaddr.isValid(address)) return false;
  const isLoopback = ipaddr.parse(address).range() === 'loopback';
  return isLoopback ? allowsLoopback : isPublic(address);
}

function isPublic(address: string): boolean {
  if (ipaddr.IPv4.isValid(address)) {
    const parsed = ipaddr.IPv4.parse(address);
    return parsed.range() === 'unicast' && !parsed.match(BENCHMARKS);
  }
  const parsed = ipaddr.IPv6.parse(address);
  const isSpecial = SPECIAL_IPV6.some(range => parsed.match(range));
  return parsed.range() === 'unicast' && parsed.match(GLOBAL_IPV6) && !isSpecial;
}

/** What is expected of a URL that cannot be used; null for one that can, as far as its text tells. */
export function expectedOfUrl(text: string, allowsLoopback: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const schemes = allowsLoopback ? ['https:', 'http:'] : ['https:'];
  if (!url || !schemes.includes(url.protocol)) {
    return `${allowsLoopback ? 'an https or http' : 'an https'} URL`;
  }
  if (url.username !== '' || url.password !== '') return 'a URL without a user name and password';
  const literal = addressIn(url);
  if (literal !== null && !isAllowedAddress(literal, allowsLoopback)) return PUBLIC_ADDRESS;
  return null;
}

export const PUBLIC_ADDRESS = 'a URL whose host has a public address';

/** The address that a URL names itself; null where it names a host. Of `http://127.1` it is 127.0.0.1. */
function addressIn({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? bare : null;
}
