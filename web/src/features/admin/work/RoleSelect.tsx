import { NativeSelect } from '@mantine/core';
import { ROLES } from '../../../api/lists.js';
import { useTexts } from '../../../messages/useTexts.js';
import type { Role } from '../session.js';

const NAMES = { viewer: 'roleViewer', operator: 'roleOperator', owner: 'roleOwner' } as const;

export function RoleName({ role }: { role: Role }) {
  const t = useTexts('adminWork');
  return t(NAMES[role]);
}

export function RoleSelect({ role, choose }: { role: Role; choose(role: Role): void }) {
  const t = useTexts('adminWork');
  return (
    <NativeSelect
      label={t('role')}
      value={role}
      onChange={({ currentTarget: { value } }) =>
        choose(ROLES.find(each => each === value) ?? 'viewer')
      }
      data={ROLES.map(value => ({ value, label: t(NAMES[value]) }))}
    />
  );
}
