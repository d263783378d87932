// Which mails the buyer gets.

import { Alert, SimpleGrid, Stack, Switch, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { messageOf } from '../../ui/messageOf.js';
import { Failed } from '../../ui/states.js';
import css from './account.module.css';
import { useHolder } from './holder.js';
import { ask } from './session.js';

function readSettings() {
  return ask(() => api.GET('/api/license/notices'));
}

type Settings = Awaited<ReturnType<typeof readSettings>>;
type Kind = keyof Settings['notices'];

const TEXTS = {
  purchase_confirmed: 'mailPurchase',
  allowance_80: 'mail80',
  allowance_100: 'mail100',
  license_expiring: 'mailExpiring',
  license_suspended: 'mailSuspended',
  grant_waiting: 'mailWaiting',
  payment_failed: 'mailPayment',
  model_retiring: 'mailModel',
} as const satisfies Record<Kind, string>;

export function MailSettings() {
  const t = useTexts('account');
  const { key, license } = useHolder();
  const queries = useQueryClient();
  const [fault, setFault] = useState('');
  // Choices that are not stored yet, so that a switch moves at once and does not wait for the network.
  const [pending, setPending] = useState<Partial<Settings['notices']>>({});
  const queryKey = ['holder', 'notices', key !== null, license];
  const { data, error, refetch } = useQuery({ queryKey, queryFn: readSettings });
  if (!data && !error) return null;
  const set = async (kind: Kind, isWanted: boolean) => {
    setFault('');
    setPending(chosen => ({ ...chosen, [kind]: isWanted }));
    try {
      const body = { notices: { [kind]: isWanted } };
      queries.setQueryData(queryKey, await ask(() => api.PATCH('/api/license/notices', { body })));
    } catch (error) {
      setFault(messageOf(error, t('noAnswer')));
    } finally {
      setPending(({ [kind]: _stored, ...others }) => others);
    }
  };
  return (
    <section className={`${css.card} no-print`} aria-labelledby="mails">
      <Stack gap="md">
        <Title order={2} size="h3" id="mails">
          {t('mailsTitle')}
        </Title>
        <Text c="dimmed">{t('mailsText')}</Text>
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        {!data && <Failed error={error} retry={() => void refetch()} />}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {data &&
            (Object.keys(TEXTS) as Kind[]).map(kind => (
              <Switch
                key={kind}
                label={t(TEXTS[kind])}
                checked={pending[kind] ?? data.notices[kind]}
                onChange={event => void set(kind, event.currentTarget.checked)}
              />
            ))}
        </SimpleGrid>
      </Stack>
    </section>
  );
}
