// Limits on guessing passwords, shared by all replicas. What others do never locks an administrator
// out: the limit of an account counts only addresses from which nobody signed in to it before.

import { createHash } from 'node:crypto';
import { type RateLimiterAbstract, RateLimiterPrisma, RateLimiterRes } from 'rate-limiter-flexible';
import type { PrismaClient } from './generated/client.js';

export interface SignInLimits {
  /** Counts an attempt before it is made. `isKnown`: somebody signed in to it from there before. */
  attempt(
    email: string,
    address: string,
    isKnown: boolean,
  ): Promise<
    | { kind: 'limited'; retryAfterSeconds: number }
    /** To be called when the password was right: what was counted is taken back. */
    | { kind: 'allowed'; succeeded(): Promise<void> }
  >;
}

const MINUTE = 60;
/** Attempts that fail, and in how many seconds. */
const PER_PAIR = { points: 10, duration: 15 * MINUTE };
const PER_ADDRESS = { points: 30, duration: 15 * MINUTE };
const PER_ACCOUNT = { points: 50, duration: 60 * MINUTE };

export function createSignInLimits(prisma: PrismaClient): SignInLimits {
  const limiter = (keyPrefix: string, limit: { points: number; duration: number }) =>
    new RateLimiterPrisma({
      ...limit,
      keyPrefix,
      storeClient: prisma,
      tableName: 'signInFailure',
      // The job `prune` removes what is over.
      clearExpiredByTimeout: false,
    });
  const pairs = limiter('pair', PER_PAIR);
  const addresses = limiter('address', PER_ADDRESS);
  const accounts = limiter('account', PER_ACCOUNT);
  return {
    async attempt(email, address, isKnown) {
      const account = nameOf(email);
      const counted: Array<[RateLimiterAbstract, string]> = [
        [pairs, nameOf(`${email} ${address}`)],
        [addresses, nameOf(address)],
        ...(isKnown ? [] : [[accounts, account] as [RateLimiterAbstract, string]]),
      ];
      for (const [limits, key] of counted) {
        const waitMs = await consume(limits, key);
        if (waitMs > 0) return { kind: 'limited', retryAfterSeconds: Math.ceil(waitMs / 1000) };
      }
      return {
        kind: 'allowed',
        async succeeded() {
          await Promise.all(counted.map(([limits, key]) => limits.reward(key, 1)));
          await pairs.delete(counted[0]?.[1] as string);
        },
      };
    },
  };
}

/** Milliseconds to wait, 0 when there was room. */
async function consume(limits: RateLimiterAbstract, key: string): Promise<number> {
  try {
    await limits.consume(key);
    return 0;
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext);
    throw error;
  }
}

/** Of one length, whatever somebody typed, and no e-mail address in clear. */
function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
