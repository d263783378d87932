// Administrators, and tokens for scripts.

import { Group, SimpleGrid, Stack, Table, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { ShortInstant } from '../../../ui/format.js';
import { Page } from '../../../ui/Page.js';
import { Failed, Loading } from '../../../ui/states.js';
import { WideTable } from '../../../ui/WideTable.js';
import { Action } from '../Action.js';
import css from '../admin.module.css';
import { ADMIN, ask, useMay } from '../ask.js';
import { Section } from '../Section.js';
import type { Role } from '../session.js';
import { OwnAccess } from './OwnAccess.js';
import { PasswordField } from './PasswordField.js';
import { RoleName, RoleSelect } from './RoleSelect.js';
import { Tokens } from './Tokens.js';

export default function Administrators() {
  const t = useTexts('adminWork');
  const may = useMay();
  return (
    <Page title={t(may('owner') ? 'administratorsTitle' : 'ownAccess')}>
      <Stack gap="lg">
        {may('owner') && (
          <>
            <Known />
            <New />
          </>
        )}
        <OwnAccess />
        <Tokens />
      </Stack>
    </Page>
  );
}

function readAdministrators() {
  return ask(() => api.GET('/admin/api/administrators'));
}
type Administrator = Awaited<ReturnType<typeof readAdministrators>>['administrators'][number];

function Known() {
  const t = useTexts('adminWork');
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'administrators'],
    queryFn: readAdministrators,
  });
  return (
    <Section title={t('administratorsTitle')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading />
      ) : (
        <WideTable minWidthPx={820}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('email')}</Table.Th>
              <Table.Th>{t('role')}</Table.Th>
              <Table.Th>{t('state')}</Table.Th>
              <Table.Th>{t('secondFactor')}</Table.Th>
              <Table.Th>{t('made')}</Table.Th>
              <Table.Th>{t('actions')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.administrators.map(each => (
              <One key={each.id} administrator={each} />
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Section>
  );
}

function One({ administrator }: { administrator: Administrator }) {
  const t = useTexts('adminWork');
  const { id, email, role, disabled, created_at, second_factor: hasSecondFactor } = administrator;
  const [newRole, setNewRole] = useState<Role>(role);
  const change = (body: { role?: Role; disabled?: boolean }) =>
    ask(() => api.PATCH('/admin/api/administrators/{id}', { params: { path: { id } }, body }));
  return (
    <Table.Tr>
      <Table.Td className={css.wrapped ?? ''}>
        <bdi>{email}</bdi>
      </Table.Td>
      <Table.Td>
        <RoleName role={role} />
      </Table.Td>
      <Table.Td>{t(disabled ? 'disabled' : 'enabled')}</Table.Td>
      <Table.Td>{t(hasSecondFactor ? 'on' : 'off')}</Table.Td>
      <Table.Td>
        <ShortInstant at={created_at} withTime={false} />
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Action
            label={t('changeRole')}
            title={t('changeRole')}
            consequence={t('changeRoleText', { email })}
            isSmall
            act={() => change({ role: newRole })}
          >
            <RoleSelect role={newRole} choose={setNewRole} />
          </Action>
          <Action
            label={t(disabled ? 'enable' : 'disable')}
            title={t(disabled ? 'enable' : 'disable')}
            consequence={t(disabled ? 'enableText' : 'disableText', { email })}
            isDangerous={!disabled}
            isSmall
            act={() => change({ disabled: !disabled })}
          />
          {hasSecondFactor && (
            <Action
              label={t('resetSecondFactor')}
              title={t('resetSecondFactor')}
              consequence={t('resetSecondFactorText', { email })}
              isDangerous
              isSmall
              act={() =>
                ask(() =>
                  api.POST('/admin/api/administrators/{id}/reset-second-factor', {
                    params: { path: { id } },
                  }),
                )
              }
            />
          )}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function New() {
  const t = useTexts('adminWork');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const create = async () => {
    const body = { email: email.trim(), password, role };
    await ask(() => api.POST('/admin/api/administrators', { body }));
    setEmail('');
    setPassword('');
  };
  return (
    <Section title={t('newAdministrator')} text={t('rolesText')}>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <TextInput
          label={t('email')}
          value={email}
          onChange={event => setEmail(event.currentTarget.value)}
          autoComplete="off"
          dir="ltr"
        />
        <PasswordField
          label={t('password')}
          description={t('passwordRule')}
          // The description is below the field, so that the fields beside it stay on one line.
          inputWrapperOrder={['label', 'input', 'description']}
          value={password}
          set={setPassword}
          autoComplete="new-password"
        />
        <RoleSelect role={role} choose={setRole} />
      </SimpleGrid>
      <div>
        <Action
          label={t('create')}
          title={t('newAdministrator')}
          consequence={t('createText', { email: email.trim() })}
          isDisabled={email.trim() === '' || password === ''}
          act={create}
        />
      </div>
    </Section>
  );
}
