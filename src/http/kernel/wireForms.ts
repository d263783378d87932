// Parts of the schemas for answers.

import { z } from 'zod';

export const instant = z.iso.datetime();
export const count = z.number().int().min(0);
export const text = z.string();
export const id = z.uuid();
export const anything = z.record(z.string(), z.unknown());
/** The first and the last day of a report. */
export const range = { from: z.iso.date(), to: z.iso.date() };

/** A page of a list: its rows under their name, and the cursor of the next one. */
export function page<Rows extends z.core.$ZodLooseShape>(rows: Rows) {
  return z.strictObject({ ...rows, next_cursor: text.nullable() });
}
