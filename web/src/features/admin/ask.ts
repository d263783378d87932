// How the pages of administration ask: with a token that is renewed where it ended, and what they read they read
// anew after each change.

import { useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.js';
import { Refusal } from '../../api/refusal.js';
import { type Role, renew, useSession } from './session.js';

/** The name of everything that is read here begins with it. */
export const ADMIN = 'admin';
const ROLES: Role[] = ['viewer', 'operator', 'owner'];

/** A device that slept wakes up with a token that ended. */
export async function ask<Data>(
  asking: () => Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  try {
    return await answerOf(asking());
  } catch (error) {
    const isOut = error instanceof Refusal && error.isSignedOut;
    if (!isOut || !(await renew())) throw error;
    return answerOf(asking());
  }
}

export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [ADMIN] });
}

/** Whether the role allows what needs `needed`. Who decides is the service; this only hides what it would refuse. */
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
export type Provider = keyof LicensePage['usage_breakdown'];
export const PROVIDERS: Provider[] = ['openrouter', 'openai'];
