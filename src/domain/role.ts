/** What administrators are; each may do what the ones before it may. */
export const ROLES = ['viewer', 'operator', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** True when who has `role` may do what asks for `needed`. */
export function roleAllows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The lesser of two roles: a token may what both it and its administrator may. */
export function lesserRole(one: Role, other: Role): Role {
  return roleAllows(one, other) ? other : one;
}
