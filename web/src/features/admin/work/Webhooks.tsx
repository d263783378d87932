// Where notices are posted to.

import { Group, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { CopyField } from '../../../ui/CopyField.js';
import { Failed, Loading } from '../../../ui/states.js';
import { WideTable } from '../../../ui/WideTable.js';
import { Action } from '../Action.js';
import { ADMIN, ask } from '../ask.js';
import { Section } from '../Section.js';

function readEndpoints() {
  return ask(() => api.GET('/admin/api/webhook-endpoints'));
}
type Endpoint = Awaited<ReturnType<typeof readEndpoints>>['webhook_endpoints'][number];

export function Webhooks() {
  const t = useTexts('adminWork');
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'webhooks'],
    queryFn: readEndpoints,
  });
  return (
    <Section title={t('webhooks')} text={t('webhooksText')} testId="webhooks">
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={1} />
      ) : data.webhook_endpoints.length === 0 ? (
        <Text c="dimmed">{t('noWebhooks')}</Text>
      ) : (
        <WideTable minWidthPx={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('address')}</Table.Th>
              <Table.Th>{t('kind')}</Table.Th>
              <Table.Th>{t('state')}</Table.Th>
              <Table.Th>{t('actions')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.webhook_endpoints.map(endpoint => (
              <One key={endpoint.id} endpoint={endpoint} />
            ))}
          </Table.Tbody>
        </WideTable>
      )}
      <NewEndpoint />
    </Section>
  );
}

function One({ endpoint: { id, url, kinds, disabled } }: { endpoint: Endpoint }) {
  const t = useTexts('adminWork');
  const params = { path: { id } };
  return (
    <Table.Tr>
      <Table.Td>
        <bdi dir="ltr">{url}</bdi>
      </Table.Td>
      <Table.Td>{kinds.length === 0 ? t('all') : <code>{kinds.join(', ')}</code>}</Table.Td>
      <Table.Td>{t(disabled ? 'off' : 'on')}</Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <Action
            label={t(disabled ? 'switchOn' : 'switchOff')}
            title={t(disabled ? 'switchOn' : 'switchOff')}
            consequence={t(disabled ? 'webhookOnText' : 'webhookOffText')}
            isSmall
            act={() =>
              ask(() =>
                api.PATCH('/admin/api/webhook-endpoints/{id}', {
                  params,
                  body: { disabled: !disabled },
                }),
              )
            }
          />
          <Action
            label={t('remove')}
            title={t('removeWebhook')}
            consequence={t('removeWebhookText')}
            isDangerous
            isSmall
            act={() => ask(() => api.DELETE('/admin/api/webhook-endpoints/{id}', { params }))}
          />
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function NewEndpoint() {
  const t = useTexts('adminWork');
  const [url, setUrl] = useState('');
  const [secret, setSecret] = useState('');
  const make = async () => {
    const body = { url: url.trim() };
    setSecret((await ask(() => api.POST('/admin/api/webhook-endpoints', { body }))).secret);
    setUrl('');
  };
  return (
    <>
      <Group align="end" gap="sm">
        <TextInput
          label={t('address')}
          placeholder="https://"
          value={url}
          onChange={event => setUrl(event.currentTarget.value)}
          dir="ltr"
          w={{ base: '100%', sm: '24rem' }}
          data-testid="webhook-url"
        />
        <Action
          label={t('addWebhook')}
          title={t('addWebhook')}
          consequence={t('addWebhookText')}
          isDisabled={url.trim() === ''}
          act={make}
          testId="add-webhook"
        />
      </Group>
      {secret && (
        <Stack gap="sm" role="status">
          <Text fw={600}>{t('webhookSecretOnce')}</Text>
          <CopyField value={secret} label={t('webhookSecretOnce')} testId="webhook-secret" />
        </Stack>
      )}
    </>
  );
}
