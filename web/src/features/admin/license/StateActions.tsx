// Suspends, reinstates and revokes a license.

import { Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { Action } from '../Action.js';
import { ask, type License } from '../ask.js';

const TRANSITIONS = [
  {
    name: 'suspend',
    path: '/admin/api/licenses/{id}/suspend',
    from: ['active', 'expired'],
    label: 'suspend',
    title: 'suspendTitle',
    consequence: 'suspendText',
    isDangerous: true,
  },
  {
    name: 'reinstate',
    path: '/admin/api/licenses/{id}/reinstate',
    from: ['suspended'],
    label: 'reinstate',
    title: 'reinstateTitle',
    consequence: 'reinstateText',
    isDangerous: false,
  },
  {
    name: 'revoke',
    path: '/admin/api/licenses/{id}/revoke',
    from: ['active', 'suspended', 'expired'],
    label: 'revoke',
    title: 'revokeTitle',
    consequence: 'revokeText',
    isDangerous: true,
  },
] as const;

export function StateActions({ license }: { license: License }) {
  const possible = TRANSITIONS.filter(({ from }) => from.some(each => each === license.status));
  return (
    <Group gap="sm">
      {possible.map(each => (
        <Transition key={each.name} transition={each} license={license} />
      ))}
    </Group>
  );
}

function Transition({
  transition,
  license,
}: {
  transition: (typeof TRANSITIONS)[number];
  license: License;
}) {
  const t = useTexts('adminLicense');
  const [reason, setReason] = useState('');
  const { name, path, label, title, consequence, isDangerous } = transition;
  return (
    <Action
      label={t(label)}
      title={t(title)}
      consequence={t(consequence, { email: license.email })}
      isDangerous={isDangerous}
      testId={name}
      act={() =>
        ask(() =>
          api.POST(path, {
            params: { path: { id: license.id } },
            body: reason === '' ? {} : { reason },
          }),
        )
      }
    >
      <TextInput
        label={t('reason')}
        description={t('reasonText')}
        value={reason}
        onChange={event => setReason(event.currentTarget.value)}
        attributes={OWN_DIRECTION}
        maxLength={2_000}
      />
    </Action>
  );
}
