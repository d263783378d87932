// Further WooCommerce shops, from a list in JSON. No fault repeats the list's content, because it has secrets.

import { z } from 'zod';
import { parseJson } from '../../domain/unknownJson.js';
import { httpUrl } from '../settings.js';
import { placeOf } from './source.js';
import { paidStatuses } from './statuses.js';

export const MORE_SHOPS = 'WOOCOMMERCE_MORE_SHOPS';

const filled = z.string('must be a text').regex(/\S/, 'must not be empty');

const fields = {
  name: z
    .string('must be a text')
    .regex(
      /^[a-z][a-z0-9-]{0,30}$/,
      'must be a lower case letter, and up to 30 more letters, digits and hyphens',
    ),
  url: httpUrl,
  consumer_key: filled,
  consumer_secret: filled,
  webhook_secret: filled,
  paid_statuses: paidStatuses.optional(),
  key_note: z.boolean('must be true or false').optional(),
};

const shops = z.array(
  z.strictObject(fields, {
    error: ({ code }) => {
      const keys = Object.keys(fields).join(', ');
      return code === 'unrecognized_keys' ? `has an unknown key; there are ${keys}` : undefined;
    },
  }),
);

export const moreShopsList = z.string().superRefine((text, context) => {
  for (const { path, message } of shops.safeParse(parseJson(text)).error?.issues ?? []) {
    const isList = path.length > 0;
    const expected = 'must be a list in JSON, as [{"name": "second", "url": "https://…", …}]';
    context.addIssue({ code: 'custom', path, message: isList ? message : expected });
  }
});

type Environment = Record<string, string | undefined>;

/** All shops must have different names and addresses, also the one of the plain variables. */
export function moreShopsFaults(env: Environment): string[] {
  const { WOOCOMMERCE_URL: first } = env;
  const names = new Set<string>();
  const places = new Set(first === undefined ? [] : [placeOf(first)]);
  return listIn(env).flatMap(({ name, url }, index) => {
    const path = `${MORE_SHOPS}.${index}`;
    const faults = [
      ...(names.has(name) ? [`${path}.name: another shop is named so`] : []),
      ...(places.has(placeOf(url)) ? [`${path}.url: is the address of another shop`] : []),
    ];
    names.add(name);
    places.add(placeOf(url));
    return faults;
  });
}

/** The further shops, each with the variables that would describe it if it were the only one. */
export function moreShops(env: Environment) {
  return listIn(env).map(shop => ({
    name: shop.name,
    env: {
      WOOCOMMERCE_WEBHOOK_SECRET: shop.webhook_secret,
      WOOCOMMERCE_URL: shop.url,
      WOOCOMMERCE_CONSUMER_KEY: shop.consumer_key,
      WOOCOMMERCE_CONSUMER_SECRET: shop.consumer_secret,
      WOOCOMMERCE_KEY_NOTE: String(shop.key_note ?? false),
      WOOCOMMERCE_PAID_STATUSES: shop.paid_statuses,
      [MORE_SHOPS]: undefined,
    },
  }));
}

/** Rewrites a text about the plain variables for a shop of the list: `"url" of "second"`. */
export function aboutShop(name: string | undefined, text: string): string {
  if (name === undefined) return text;
  return text.replace(
    /WOOCOMMERCE_([A-Z_]+)/g,
    (_, key: string) => `"${key.toLowerCase()}" of "${name}"`,
  );
}

function listIn({ [MORE_SHOPS]: text }: Environment): z.infer<typeof shops> {
  return text === undefined ? [] : shops.parse(parseJson(text));
}
