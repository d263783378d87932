// Finds licenses by anything that a customer may know: an address, an order, a key or a part of it, an id.

import { api } from '../../api/client.js';
import { Refusal } from '../../api/refusal.js';
import { withLatinDigits } from '../../ui/latinDigits.js';
import { ask, type License, readLicense } from './ask.js';

const KEY = /^sahm_live_[0-9A-Za-z]{36}$/;
const KEY_BEGINS = /^sahm_live_[0-9A-Za-z]{1,4}/;
/** An id. Replies have a prefix before it, such as `chatcmpl-…`. */
const ID = /^(?:[a-z]+[-_])?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const LAST_4 = /^[0-9A-Za-z]{4}$/;
/** Invisible marks that messengers put around a text of the other writing direction. */
const MARKS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The text in the form in which it is stored: without marks of direction, and with Latin digits. */
export function tidied(typed: string): string {
  return withLatinDigits(typed.replace(MARKS, '')).trim();
}

export async function search(wanted: string): Promise<License[]> {
  if (KEY.test(wanted)) return byKey(wanted);
  const [, id] = ID.exec(wanted) ?? [];
  if (id) return byId(id);
  if (wanted.includes('@')) return list({ email: wanted });
  const [begins] = KEY_BEGINS.exec(wanted) ?? [];
  if (begins) return list({ key_prefix: begins });
  if (!LAST_4.test(wanted)) return list({ order: wanted });
  const found = await Promise.all([list({ key_last4: wanted }), list({ order: wanted })]);
  return [...new Map(found.flat().map(license => [license.id, license])).values()];
}

/** Sends the key by POST, because logs would keep it in an address. */
function byKey(key: string): Promise<License[]> {
  return orNothing(async () => {
    const { license } = await ask(() => api.POST('/admin/api/licenses/lookup', { body: { key } }));
    return [license];
  });
}

/** A license's own id, or that of one of its requests. */
async function byId(id: string): Promise<License[]> {
  const found = await orNothing(async () => [(await readLicense(id)).license]);
  if (found.length > 0) return found;
  return orNothing(async () => {
    const params = { path: { id } };
    const { license_id } = await ask(() => api.GET('/admin/api/requests/{id}', { params }));
    return [(await readLicense(license_id)).license];
  });
}

async function list(query: {
  email?: string;
  order?: string;
  key_prefix?: string;
  key_last4?: string;
}): Promise<License[]> {
  const page = await ask(() =>
    api.GET('/admin/api/licenses', { params: { query: { ...query, limit: 200 } } }),
  );
  return page.licenses;
}

async function orNothing(find: () => Promise<License[]>): Promise<License[]> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return [];
    throw error;
  }
}
