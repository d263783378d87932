// How much unknown callers may do, for each address and for all together. This process counts it, and refuses before
// it asks the database, hashes or sends anything: refusing a flood must cost less than serving it.

import { networksOf } from '../../domain/network.js';
import { type Refusal, refuse } from '../../domain/refusal.js';
import { type StrangerLimit, spentOnce, takenBack, waitMs } from '../../domain/strangerLimit.js';
import { leastRecentlyUsed } from './leastRecentlyUsed.js';

/**
 * What strangers do. An address is one IPv4 address or a /64 of IPv6; a /48 may do four times as much. The limit of
 * all together is so much higher that one address alone cannot use it up.
 */
const LIMITS = {
  /** Sign-ins of administrators. A right password does not count. */
  sign_in: { each: { atOnce: 30, perMinute: 2 }, all: { atOnce: 150, perMinute: 60 } },
  /** Sending license keys, API tokens and cookies that do not work. */
  wrong_credential: {
    each: { atOnce: 120, perMinute: 60 },
    all: { atOnce: 1_200, perMinute: 1_200 },
  },
  /** Starting a checkout. A shop's server may start those of all its buyers, from one address. */
  checkout: { each: { atOnce: 120, perMinute: 60 }, all: { atOnce: 360, perMinute: 180 } },
  /** Asking for a mailed link. */
  ask_link: { each: { atOnce: 30, perMinute: 20 }, all: { atOnce: 200, perMinute: 120 } },
  /** Trying a code. Without a key, a right one does not count. */
  redeem: { each: { atOnce: 30, perMinute: 10 }, all: { atOnce: 300, perMinute: 120 } },
  /** Opening a mailed link, or the link that a checkout leads to. */
  use_link: { each: { atOnce: 60, perMinute: 60 }, all: { atOnce: 600, perMinute: 600 } },
} satisfies Record<string, { each: StrangerLimit; all: StrangerLimit }>;
export type StrangerAct = keyof typeof LIMITS;

const SITE_FACTOR = 4;
/** Beyond this many callers, the oldest are forgotten. The count of all together is never forgotten. */
const MOST_CALLERS = 100_000;
const ALL = 'all';

export interface StrangerLimits {
  /** Counts an attempt, or refuses it without counting. With `isKnown`, only the address's own limit applies. */
  take(act: StrangerAct, address: string, isKnown?: boolean): Refusal | null;
  /** Takes back a counted attempt, after the caller proved to be no stranger. */
  giveBack(act: StrangerAct, address: string, isKnown?: boolean): void;
  /** Says whether an attempt would be refused, without counting it. */
  look(act: StrangerAct, address: string): Refusal | null;
  /** The limit of a caller whom we know by an id. The address does not matter. */
  takeById(act: StrangerAct, id: string): Refusal | null;
}

interface Share {
  key: string;
  limit: StrangerLimit;
}

/** `clock` returns milliseconds. `refused` is called for every refusal. */
export function createStrangerLimits({
  clock = () => performance.now(),
  refused = () => {},
}: {
  clock?: () => number;
  refused?: (act: StrangerAct) => void;
} = {}): StrangerLimits {
  const restedAt = leastRecentlyUsed<number>(MOST_CALLERS);
  // Kept apart from the cache, so that these are never forgotten.
  const allRestedAt = new Map<string, number>();
  const spentOf = ({ key }: Share) =>
    allRestedAt.get(key) ?? restedAt.get(key) ?? Number.NEGATIVE_INFINITY;
  const put = ({ key }: Share, at: number) =>
    key.startsWith(ALL) ? allRestedAt.set(key, at) : restedAt.set(key, at);

  function refusalOf(act: StrangerAct, shares: Share[]): Refusal | null {
    const now = clock();
    const waits = shares.map(share => waitMs(share.limit, spentOf(share), now));
    const longest = Math.max(...waits);
    if (longest === 0) return null;
    refused(act);
    const retryAfterSeconds = Math.ceil(longest / 1000);
    return refuse('rate_limited', 'rate_limited', {}, { retryAfterSeconds });
  }
  function takeOf(act: StrangerAct, shares: Share[]): Refusal | null {
    const refusal = refusalOf(act, shares);
    if (refusal) return refusal;
    const now = clock();
    for (const share of shares) put(share, spentOnce(share.limit, spentOf(share), now));
    return null;
  }
  return {
    take: (act, address, isKnown = false) => takeOf(act, sharesOf(act, address, isKnown)),
    giveBack(act, address, isKnown = false) {
      for (const share of sharesOf(act, address, isKnown)) {
        put(share, takenBack(share.limit, spentOf(share)));
      }
    },
    look: (act, address) => refusalOf(act, sharesOf(act, address, false)),
    takeById: (act, id) => takeOf(act, [{ key: `${act} id ${id}`, limit: LIMITS[act].each }]),
  };
}

function sharesOf(act: StrangerAct, address: string, isKnown: boolean): Share[] {
  const { each, all } = LIMITS[act];
  const { own, site } = networksOf(address);
  const shares: Share[] = [{ key: `${act} ${own}`, limit: each }];
  if (site !== null) shares.push({ key: `${act} ${site}`, limit: times(each, SITE_FACTOR) });
  if (!isKnown) shares.push({ key: `${ALL} ${act}`, limit: all });
  return shares;
}

function times({ atOnce, perMinute }: StrangerLimit, factor: number): StrangerLimit {
  return { atOnce: atOnce * factor, perMinute: perMinute * factor };
}
