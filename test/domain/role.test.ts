// What administrators may do, and what can become of a license.

import { expect, test } from '@jest/globals';
import { LICENSE_STATES, LICENSE_TRANSITIONS } from '../../src/domain/license.js';
import { lesserRole, ROLES, roleAllows } from '../../src/domain/role.js';

test('each role may do what the ones before it may, and no more; of two, the lesser counts', () => {
  for (const [at, role] of ROLES.entries()) {
    for (const [other, needed] of ROLES.entries()) {
      expect([role, needed, roleAllows(role, needed)]).toEqual([role, needed, at >= other]);
      expect(lesserRole(role, needed)).toBe(ROLES[Math.min(at, other)]);
    }
  }
});

test('a revoked license stays revoked, and only a suspended one is reinstated', () => {
  const after = Object.entries(LICENSE_TRANSITIONS).map(([name, { from, to }]) => [
    name,
    ...LICENSE_STATES.map(state => ((from as readonly string[]).includes(state) ? to : '')),
  ]);
  // From active, suspended, revoked and expired.
  expect(after).toEqual([
    ['suspend', 'suspended', '', '', 'suspended'],
    ['reinstate', '', 'active', '', ''],
    ['revoke', 'revoked', 'revoked', '', 'revoked'],
  ]);
});
