// The schemas of the answers to buyers, also for the OpenAPI document.

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
      /** Only if the plan sells money: the budget of a month, for all providers together. */
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
/** `license` is null if the caller only named an e-mail address. */
export const redeemedAnswer = z.strictObject({
  license: ownLicense.nullable(),
  key: key.optional(),
  grant: grant.optional(),
});
export type RedeemedWire = z.input<typeof redeemedAnswer>;
/** Also names the license of the key, and all licenses, because a buyer may have several. */
export const revealedAnswer = keyAnswer.extend({
  license: id.optional(),
  licenses: z.array(license.omit({ note: true })).optional(),
});
export const sentAnswer = z.strictObject({ sent: z.boolean() });
export const signedInAnswer = z.strictObject({ signed_in: z.boolean() });
