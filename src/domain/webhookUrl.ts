// Where webhooks may be sent. An administrator must not be able to reach the network behind the service, so
// only addresses that anybody on the internet can reach are allowed.

import ipaddr from 'ipaddr.js';

/** Reserved ranges that the library takes for ordinary addresses (RFC 2544, 2928, 9637). */
const BENCHMARKS = ipaddr.IPv4.parseCIDR('198.18.0.0/15');
const SPECIAL_IPV6 = ['2001::/23', '3fff::/20'].map(range => ipaddr.IPv6.parseCIDR(range));
/** All assigned IPv6 addresses lie in it; NAT64, mapped and other special ones do not. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** `allowsLoopback`: a service under development may send to its own machine. */
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

/** What a usable URL would be, where this one cannot be used; null where its text shows no fault. */
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

/** The address that a URL contains; null where it names a host. `http://127.1` gives 127.0.0.1. */
function addressIn({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return ipaddr.isValid(bare) ? bare : null;
}
