// Which network an address counts as for limits. A caller with an IPv4 address has just that one; a caller
// with IPv6 has the 2^64 addresses of a subnet, and often a site's 65,536 subnets.

import ipaddr from 'ipaddr.js';

export interface Networks {
  /**
   * The IPv4 address, or the /64 of the IPv6 address. Everything that is no address has one text in common.
   */
  own: string;
  /** The /48 of an IPv6 address. */
  site: string | null;
}

const NO_ADDRESS: Networks = { own: 'none', site: null };
const OWN_GROUPS = 4;
const SITE_GROUPS = 3;

/** An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) counts as the IPv4 address. */
export function networksOf(address: string): Networks {
  if (!ipaddr.isValid(address)) return NO_ADDRESS;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return { own: parsed.toString(), site: null };
  const { parts } = parsed as ipaddr.IPv6;
  return { own: prefixOf(parts, OWN_GROUPS), site: prefixOf(parts, SITE_GROUPS) };
}

/** Formats as `2001:db8:0:1::/64`. */
function prefixOf(parts: number[], groups: number): string {
  const shown = parts.slice(0, groups).map(part => part.toString(16));
  return `${shown.join(':')}::/${groups * 16}`;
}
