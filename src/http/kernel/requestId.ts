import { randomFillSync } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';

/** The header that tells a caller the request's id. */
export const REQUEST_ID = 'X-Request-Id';
const BYTES_AN_ID = 16;

const pool = Buffer.alloc(256 * BYTES_AN_ID);
let used = pool.length;

/** A UUID of version 7. Random bytes are drawn in bulk, because drawing for each id costs more than the rest. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, used + BYTES_AN_ID);
  used += BYTES_AN_ID;
  return uuidv7({ random });
}
