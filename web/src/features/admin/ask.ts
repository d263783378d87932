// How the pages of administration call the service: an expired token is renewed, and after each change everything is
// read again.

import { useQueryClient } from '@tanstack/react-query';
import { type Asked, answerOf, api } from '../../api/client.js';
import { askSignedIn } from '../../api/endedSession.js';
import { ROLES } from '../../api/lists.js';
import { type Role, stayIn, useSession } from './session.js';

/** Begins the names of all queries of administration. */
export const ADMIN = 'admin';

/** If the token has ended, such as after the device slept, it is renewed, and the service is asked again. */
export function ask<Data>(asking: () => Asked<Data>): Promise<Data> {
  return askSignedIn(stayIn, asking);
}

export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [ADMIN] });
}

/** Whether the role is at least `needed`. The service decides; this only hides what it would refuse. */
export function useMay(): (needed: Role) => boolean {
  const session = useSession();
  return needed => session.kind === 'in' && ROLES.indexOf(session.role) >= ROLES.indexOf(needed);
}

export function readLicense(id: string) {
  return ask(() => api.GET('/admin/api/licenses/{id}', { params: { path: { id } } }));
}
/** Plans and add-ons by their names in the reader's language. */
export function readPlans() {
  return answerOf(api.GET('/api/plans'));
}

export type LicensePage = Awaited<ReturnType<typeof readLicense>>;
export type License = LicensePage['license'];
