// The fields of WooCommerce's orders that we read.

import { z } from 'zod';
import { INSTANT_EXPECTED } from '../../domain/instant.js';
import { instant, isShopText, quantity, text } from '../fields.js';

/** The field in which an order or a line names a license. */
const LICENSE_FIELD = 'sahm_license_id';
/** GMT without a Z, as WordPress writes it. */
export const gmt = z.iso
  .datetime({ local: true, error: INSTANT_EXPECTED })
  .transform(text => new Date(`${text.replace(/Z$/, '')}Z`))
  .pipe(instant);

export const id = z
  .union([z.int().nonnegative(), z.string().regex(/^\d{1,20}$/)])
  .transform(String);
export const optionalId = id
  .nullish()
  .transform(value => (value && value !== '0' ? value : undefined));
export const count = z.coerce.number().pipe(quantity);

export const metaEntries = z
  .array(z.looseObject({ key: z.string(), value: z.unknown() }))
  .catch([]);
/** Other programs may store anything there. Only the license that is named must be readable. */
const metaData = z
  .unknown()
  .optional()
  .refine(field => isShopText(licenseIn([field]) ?? ''), {
    error: `${LICENSE_FIELD}: a license id`,
  });

export const lineItem = z.looseObject({
  id,
  product_id: optionalId,
  variation_id: optionalId,
  quantity: count.pipe(z.int().nonnegative()),
  sku: text.nullish(),
  meta_data: metaData,
});

export const orderSchema = z.looseObject({
  id,
  status: z.string().transform(status => status.replace(/^wc-/, '')),
  customer_id: optionalId,
  date_modified_gmt: gmt,
  date_paid_gmt: gmt.nullish(),
  currency: z.string().max(20).optional().catch(undefined),
  total: z.unknown().optional(),
  total_tax: z.unknown().optional(),
  billing: z.looseObject({ email: z.string().nullish() }).nullish().catch(null),
  line_items: z.array(z.unknown()),
  refunds: z.array(z.looseObject({ id, total: z.unknown().optional() })).nullish(),
  meta_data: metaData,
});
export type WooCommerceLine = z.infer<typeof lineItem>;
export type WooCommerceOrder = z.infer<typeof orderSchema>;

/** The license that an order or a line names. */
export function licenseIn(fields: unknown[]): string | undefined {
  const all = fields.flatMap(field => metaEntries.parse(field));
  const found = all.find(({ key }) => key.replace(/^_/, '') === LICENSE_FIELD)?.value;
  return typeof found === 'string' && found.trim() !== '' ? found.trim() : undefined;
}

export function readableLines(order: WooCommerceOrder): WooCommerceLine[] {
  return order.line_items.flatMap(line => lineItem.safeParse(line).data ?? []);
}
