// Tokens by which scripts administer.

import { SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { CopyField } from '../../../ui/CopyField.js';
import { Instant } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { Failed, Loading } from '../../../ui/states.js';
import { WideTable } from '../../../ui/WideTable.js';
import { Action } from '../Action.js';
import { ADMIN, ask } from '../ask.js';
import { Section } from '../Section.js';
import type { Role } from '../session.js';
import { RoleName, RoleSelect } from './RoleSelect.js';

export function Tokens() {
  const t = useTexts('adminWork');
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'tokens'],
    queryFn: () => ask(() => api.GET('/admin/api/tokens')),
  });
  return (
    <Section title={t('tokensTitle')} text={t('tokensText')}>
      <NewToken />
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : data.tokens.length === 0 ? (
        <Text c="dimmed">{t('noTokens')}</Text>
      ) : (
        <WideTable minWidthPx={680}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('name')}</Table.Th>
              <Table.Th>{t('email')}</Table.Th>
              <Table.Th>{t('role')}</Table.Th>
              <Table.Th>{t('expires')}</Table.Th>
              <Table.Th>{t('state')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.tokens.map(({ id, name, last4, email, role, expires_at, revoked_at }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  <bdi>{name}</bdi> <code>…{last4}</code>
                </Table.Td>
                <Table.Td>
                  <bdi>{email}</bdi>
                </Table.Td>
                <Table.Td>
                  <RoleName role={role} />
                </Table.Td>
                <Table.Td>
                  <Instant at={expires_at} withTime={false} />
                </Table.Td>
                <Table.Td>
                  {revoked_at ? t('tokenRevoked') : <Revoke id={id} name={name} />}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Section>
  );
}

function Revoke({ id, name }: { id: string; name: string }) {
  const t = useTexts('adminWork');
  return (
    <Action
      label={t('revokeToken')}
      title={t('revokeToken')}
      consequence={t('revokeTokenText', { name })}
      isDangerous
      isSmall
      act={() => ask(() => api.DELETE('/admin/api/tokens/{id}', { params: { path: { id } } }))}
    />
  );
}

function NewToken() {
  const t = useTexts('adminWork');
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [token, setToken] = useState('');
  const make = async () => {
    const body = { name: name.trim(), role };
    setToken((await ask(() => api.POST('/admin/api/tokens', { body }))).token);
    setName('');
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="md">
        <TextInput
          label={t('tokenName')}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
          attributes={OWN_DIRECTION}
        />
        <RoleSelect role={role} choose={setRole} />
      </SimpleGrid>
      <div>
        <Action
          label={t('makeToken')}
          title={t('makeToken')}
          consequence={t('makeTokenText')}
          isDisabled={name.trim() === ''}
          act={make}
        />
      </div>
      {token && (
        <Stack gap="sm" role="status">
          <Text fw={600}>{t('tokenOnce')}</Text>
          <CopyField value={token} label={t('tokenName')} testId="shown-token" />
        </Stack>
      )}
    </>
  );
}
