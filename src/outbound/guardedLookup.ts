// Resolves names for connections, and refuses a name with any address that may not be reached. It runs at
// each connection, and the connection goes to the address that it returned. So a name that was harmless when
// it was configured, and resolves to something else later, leads nowhere.

import { type LookupAddress, type LookupAllOptions, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export class AddressRefusedError extends Error {
  override name = 'AddressRefusedError';
  readonly code = 'address_not_allowed';
  constructor() {
    super('the host has an address that may not be reached');
  }
}

/** One address that is not allowed is enough to refuse the name. */
export function guardedLookup(
  isAllowed: (address: string) => boolean,
  resolve: Resolve = lookup,
): LookupFunction {
  return (hostname: string, options: LookupOptions, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error || !first) return callback(error ?? new AddressRefusedError(), '');
      if (!addresses.every(({ address }) => isAllowed(address))) {
        return callback(new AddressRefusedError(), '');
      }
      if (options.all) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };
}
