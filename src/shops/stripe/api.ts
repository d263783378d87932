// What we ask of Stripe's API, with our words for what can go wrong.

import type Stripe from 'stripe';

export interface StripeAccess {
  secretKey: string;
  /** Where the API is; absent for Stripe itself. */
  apiBase?: string | undefined;
}

export interface StripeApi {
  /**
   * The answer, or null where Stripe does not know what was asked for. Throws StripeUnreachableError.
   */
  ask<Answer>(question: (client: Stripe) => Promise<Answer>): Promise<Answer | null>;
}

/** Stripe could not be asked. */
export class StripeUnreachableError extends Error {
  override name = 'StripeUnreachableError';
}

/** The library is loaded with the first question: it takes more memory than all of our own code. */
export function createStripeApi(access: StripeAccess): StripeApi {
  let client: Stripe | undefined;
  return {
    async ask(question) {
      const { default: Library } = await loadLibrary();
      client ??= new Library(access.secretKey, optionsOf(access));
      try {
        return await question(client);
      } catch (error) {
        if (error instanceof Library.errors.StripeInvalidRequestError) return null;
        if (error instanceof Library.errors.StripeError) {
          throw new StripeUnreachableError(`Stripe: ${error.type}`, { cause: error });
        }
        throw error;
      }
    },
  };
}

function loadLibrary() {
  return import('stripe').catch(cause => {
    throw new StripeUnreachableError('the library of Stripe cannot be loaded', { cause });
  });
}

function optionsOf({ apiBase }: StripeAccess): Stripe.StripeConfig {
  const base = apiBase ? new URL(apiBase) : undefined;
  return {
    // A delivery that could not be completed is tried again by a job, and not while the shop waits.
    maxNetworkRetries: 0,
    telemetry: false,
    ...(base && {
      host: base.hostname,
      port: base.port || (base.protocol === 'http:' ? 80 : 443),
      protocol: base.protocol === 'http:' ? 'http' : 'https',
    }),
  };
}
