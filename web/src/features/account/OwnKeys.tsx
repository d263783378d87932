// The keys of one's own license beside the master key.

import { Stack, Text, Title } from '@mantine/core';
import { api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { type KeySource, NamedKeys } from '../../ui/NamedKeys.js';
import css from './account.module.css';
import { type License, useHolder } from './holder.js';
import { ask } from './session.js';

const CALLS: Pick<KeySource, 'read' | 'make' | 'change' | 'rotate' | 'withdraw'> = {
  read: query => ask(() => api.GET('/api/license/keys', { params: { query } })),
  make: body => ask(() => api.POST('/api/license/keys', { body })),
  change: (key, body) =>
    ask(() => api.PATCH('/api/license/keys/{key}', { params: { path: { key } }, body })),
  rotate: (key, grace_seconds) =>
    ask(() =>
      api.POST('/api/license/keys/{key}/rotate', {
        params: { path: { key } },
        body: { grace_seconds },
      }),
    ),
  withdraw: key => ask(() => api.DELETE('/api/license/keys/{key}', { params: { path: { key } } })),
};

export function OwnKeys({ license: { usage, status } }: { license: License }) {
  const t = useTexts('namedKeys');
  const { key, license } = useHolder();
  const source: KeySource = {
    ...CALLS,
    queryKey: ['holder', 'keys', key !== null, license],
    isMoney: 'unit' in usage && usage.unit === 'microusd',
    mayChange: status === 'active',
    openedWith: key,
  };
  return (
    <section className={css.card ?? ''} aria-labelledby="named-keys">
      <Stack gap="md">
        <Title order={2} size="h3" id="named-keys">
          {t('title')}
        </Title>
        <Text c="dimmed">{t('text')}</Text>
        <NamedKeys source={source} />
      </Stack>
    </section>
  );
}
