/** The roles of administrators. Each may do everything that the ones before it may. */
export const ROLES = ['viewer', 'operator', 'owner'] as const;
export type Role = (typeof ROLES)[number];

/** True when an administrator with `role` may do what needs `needed`. */
export function roleAllows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** The lower of two roles: a token may do only what both it and its administrator may. */
export function lesserRole(one: Role, other: Role): Role {
  return roleAllows(one, other) ? other : one;
}
