// Each refused request, newest first, with the message that the program got.

import { Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../api/client.js';
import { useLanguage } from '../../messages/language.js';
import { withNamesIsolated } from '../../messages/say.js';
import { useTexts } from '../../messages/useTexts.js';
import { type Column, DataTable } from '../../ui/DataTable.js';
import { ShortInstant } from '../../ui/format.js';
import { Failed } from '../../ui/states.js';
import { useHolder } from './holder.js';
import { ask } from './session.js';

const MOST = 100;

function readRefusals() {
  return ask(() => api.GET('/api/license/refusals', { params: { query: { limit: MOST } } }));
}

type Refused = Awaited<ReturnType<typeof readRefusals>>['refusals'][number];

export function Refusals() {
  const t = useTexts('account');
  const { code } = useLanguage();
  const { key, license } = useHolder();
  const { data, error, refetch } = useQuery({
    queryKey: ['holder', 'refusals', key !== null, license, code],
    queryFn: readRefusals,
  });
  // Without any refusal the list is not shown.
  if (!error && !data?.refusals.length) return null;
  const columns: Column<Refused>[] = [
    { key: 'at', title: t('when'), width: 2, cell: ({ at }) => <ShortInstant at={at} /> },
    { key: 'model', title: t('model'), width: 1.7, cell: ({ model }) => <bdi>{model ?? '–'}</bdi> },
    {
      key: 'why',
      title: t('why'),
      width: 3.4,
      // Said in the reader's language, whatever word it begins with.
      cell: ({ message }) => withNamesIsolated(message),
    },
  ];
  return (
    <section aria-labelledby="refusals">
      <Stack gap="md">
        <Title order={2} size="h3" id="refusals">
          {t('refusalsTitle')}
        </Title>
        <Text c="dimmed">{t('refusalsText')}</Text>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : (
          <DataTable
            label={t('refusalsTitle')}
            columns={columns}
            rows={data?.refusals ?? []}
            keyOf={({ id }) => id}
            heightPx={320}
            hasLongCells
          />
        )}
      </Stack>
    </section>
  );
}
