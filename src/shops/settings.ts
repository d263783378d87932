// Checks of what an operator configures for a shop: variables, and ids in the catalogue.

import { z } from 'zod';
import type { ShopSettings } from './port.js';

export const EMPTY_SECRET = 'is set but empty; leave it out to switch the shop off';

export const webhookSecret = z.string().regex(/\S/, EMPTY_SECRET);

/** Refuses a secret of another kind: it was put into the wrong variable, and nothing would work with it. */
export function beginsWithNone(beginnings: string[]): (secrets: string) => boolean {
  return secrets =>
    !secrets.split(',').some(secret => beginnings.some(one => secret.trim().startsWith(one)));
}

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

export const productName = z.string().regex(/\S/, 'must not be empty');

/** The path to which a shop reports. A shop with a name has a path of its own. */
export function pathOf(path: string, { name }: Pick<ShopSettings, 'name'>): string {
  return name === undefined ? path : `${path}/${name}`;
}
