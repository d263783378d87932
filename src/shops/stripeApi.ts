// What we ask of Stripe's API, with our words for what can go wrong.

import Stripe from 'stripe';

export interface StripeAccess {
  secretKey: string;
  /** Where the API is; absent for Stripe itself. */
  apiBase?: string | undefined;
}

export function createStripeClient({ secretKey, apiBase }: StripeAccess): Stripe {
  const base = apiBase ? new URL(apiBase) : undefined;
  return new Stripe(secretKey, {
    // A delivery that could not be completed is tried again by a job, and not while the shop waits.
    maxNetworkRetries: 0,
    telemetry: false,
    ...(base && {
      host: base.hostname,
      port: base.port || (base.protocol === 'http:' ? 80 : 443),
      protocol: base.protocol === 'http:' ? 'http' : 'https',
    }),
  });
}

/** Stripe could not be asked. */
export class StripeUnreachableError extends Error {
  override name = 'StripeUnreachableError';
}

/** The answer, or null where Stripe does not know what was asked for. */
export async function asked<Answer>(question: Promise<Answer>): Promise<Answer | null> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) return null;
    if (error instanceof Stripe.errors.StripeError) {
      throw new StripeUnreachableError(`Stripe: ${error.type}`, { cause: error });
    }
    throw error;
  }
}
