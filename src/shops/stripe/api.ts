// Asks Stripe's API, and turns its errors into ours.

import type Stripe from 'stripe';

export interface StripeAccess {
  secretKey: string;
  /** The address of the API; absent for Stripe itself. */
  apiBase?: string | undefined;
}

export interface StripeApi {
  /**
   * The answer, or null if Stripe does not have the object. Throws StripeUnreachableError.
   */
  ask<Answer>(question: (client: Stripe) => Promise<Answer>): Promise<Answer | null>;
}

/** Stripe could not be asked. */
export class StripeUnreachableError extends Error {
  override name = 'StripeUnreachableError';
}

/** The library is loaded with the first request, because it takes more memory than all of our own code. */
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
    // While a shop waits for our answer there is no retry. A job tries the delivery again later.
    maxNetworkRetries: 0,
    telemetry: false,
    ...(base && {
      host: base.hostname,
      port: base.port || (base.protocol === 'http:' ? 80 : 443),
      protocol: base.protocol === 'http:' ? 'http' : 'https',
    }),
  };
}
