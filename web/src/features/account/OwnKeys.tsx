// The keys of one's own license beside the master key.

import { Stack, Text, Title } from '@mantine/core';
import { api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { type KeySource, NamedKeys } from '../../ui/NamedKeys.js';
import type { KeyList } from '../../ui/useNamedKeys.js';
import css from './account.module.css';
import { type License, useHolder } from './holder.js';
import { ask } from './session.js';

/** The keys of the license that the reader looks at. */
export function useOwnKeyList(): KeyList {
  const { key, license } = useHolder();
  return {
    queryKey: ['holder', 'keys', key !== null, license],
    read: query => ask(() => api.GET('/api/license/keys', { params: { query } })),
  };
}

const CALLS: Pick<KeySource, 'make' | 'change' | 'rotate' | 'withdraw'> = {
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
  const { key } = useHolder();
  const source: KeySource = {
    ...CALLS,
    ...useOwnKeyList(),
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
