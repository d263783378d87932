// What buyers are answered, for the OpenAPI document.

import { z } from 'zod';
import { LASTS } from '../../domain/grant.js';
import { count, id, text } from '../kernel/wireForms.js';
import { grant, key, keyAnswer, license, provider } from '../wire.js';

export const linkAnswer = z.strictObject({ url: text });
export const plansAnswer = z.strictObject({
  plans: z.array(
    z.strictObject({
      code: text,
      rank: count,
      name: text,
      allowances: z.array(z.strictObject({ provider, name: text, requests: count })),
      /** Of a plan that sells money, a month over all providers. */
      microusd: count.optional(),
      models: count,
      products: z.array(z.strictObject({ id: text, term: text })),
    }),
  ),
  addons: z.array(
    z.strictObject({
      id: text,
      provider,
      requests: count,
      lasts: z.enum(LASTS),
      minimum_plan: text,
    }),
  ),
  wallet_addons: z.array(
    z.strictObject({ id: text, microusd: count, lasts: z.enum(LASTS), minimum_plan: text }),
  ),
});
export const checkoutAnswer = z.strictObject({ url: text, session_id: text });
export const claimedAnswer = z.strictObject({ license: license.nullable(), key });
const ownLicense = license.omit({ note: true });
export type OwnLicenseWire = z.input<typeof ownLicense>;
export const accountAnswer = z.strictObject({
  email: text.nullable(),
  licenses: z.array(ownLicense),
});
/** `license` is null where it is the one of an e-mail address that the caller only named. */
export const redeemedAnswer = z.strictObject({
  license: ownLicense.nullable(),
  key: key.optional(),
  grant: grant.optional(),
});
export type RedeemedWire = z.input<typeof redeemedAnswer>;
/** Of a buyer with several licenses: whose key it is, and all of them. */
export const revealedAnswer = keyAnswer.extend({
  license: id.optional(),
  licenses: z.array(license.omit({ note: true })).optional(),
});
export const sentAnswer = z.strictObject({ sent: z.boolean() });
export const signedInAnswer = z.strictObject({ signed_in: z.boolean() });
