// Stripe.

import { z } from 'zod';
import type { ShopDescription, ShopSettings } from '../port.js';
import { beginsWithNone, EMPTY_SECRET, httpUrl, productName } from '../settings.js';
import { createStripeApi, type StripeApi } from './api.js';
import { checkStripe } from './check.js';
import { createStripeCheckout } from './checkout.js';
import { createStripe } from './webhook.js';

const environment = {
  /** Several, separated by commas, while one replaces another. */
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .refine(secrets => partsOf(secrets).every(part => part !== ''), EMPTY_SECRET)
    .refine(
      beginsWithNone(['sk_', 'rk_', 'pk_']),
      'must be the signing secret of the webhook, whsec_…, and no API key',
    )
    .optional(),
  STRIPE_SECRET_KEY: z
    .string()
    .refine(beginsWithNone(['whsec_', 'pk_']), 'must be a secret API key: sk_… or rk_…')
    .optional(),
  /** The address of the API; absent for Stripe itself. */
  STRIPE_API_BASE: httpUrl.optional(),
};
type Settings = ShopSettings<keyof typeof environment>;

const PATH = '/webhooks/stripe';

export const stripe: ShopDescription<keyof typeof environment> = {
  webhook: { method: 'post', path: PATH },
  webhookSecret: 'STRIPE_WEBHOOK_SECRET',
  credentials: ['STRIPE_SECRET_KEY'],
  environment,
  /** A price's lookup key. */
  product: productName,
  adapter: (secrets, settings) =>
    createStripe({
      webhookSecrets: partsOf(secrets),
      api: apiOf(settings),
      livemode: livemodeOf(settings),
    }),
  checkout(settings) {
    const api = apiOf(settings);
    return api && createStripeCheckout(api);
  },
  check: (settings, sold) =>
    checkStripe(apiOf(settings), {
      webhookUrl: settings.publicUrl + PATH,
      livemode: livemodeOf(settings),
      sold,
    }),
};

function partsOf(secrets: string): string[] {
  return secrets.split(',').map(part => part.trim());
}

function apiOf({ env }: Settings): StripeApi | null {
  const { STRIPE_SECRET_KEY: secretKey, STRIPE_API_BASE: apiBase } = env;
  return secretKey === undefined ? null : createStripeApi({ secretKey, apiBase });
}

/** The mode is part of a key: `sk_live_`, `rk_test_`. */
function livemodeOf({ env, isProduction }: Settings): boolean | null {
  return env.STRIPE_SECRET_KEY?.includes('_live_') ?? (isProduction || null);
}
