import { NativeSelect } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';
import type { Role } from '../session.js';

const ROLES = [
  { value: 'viewer', text: 'roleViewer' },
  { value: 'operator', text: 'roleOperator' },
  { value: 'owner', text: 'roleOwner' },
] as const;

export function RoleName({ role }: { role: Role }) {
  const t = useTexts('adminWork');
  return t((ROLES.find(({ value }) => value === role) ?? ROLES[0]).text);
}

export function RoleSelect({ role, choose }: { role: Role; choose(role: Role): void }) {
  const t = useTexts('adminWork');
  return (
    <NativeSelect
      label={t('role')}
      value={role}
      onChange={({ currentTarget: { value } }) =>
        choose(ROLES.find(each => each.value === value)?.value ?? 'viewer')
      }
      data={ROLES.map(({ value, text }) => ({ value, label: t(text) }))}
    />
  );
}
