// Each request, newest first: what it cost, and how it ended.

import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { type Column, DataTable } from '../../ui/DataTable.js';
import { Amount, ShortInstant } from '../../ui/format.js';
import { KeyFilter } from '../../ui/KeyFilter.js';
import { saveFile } from '../../ui/saveFile.js';
import { Failed, Loading } from '../../ui/states.js';
import { useHolder } from './holder.js';
import { useOwnKeyList } from './OwnKeys.js';
import { ask } from './session.js';

const PAGE = 100;

function readPage(filter: { key?: string }, cursor: string | null) {
  const query = { limit: PAGE, ...filter, ...(cursor !== null && { cursor }) };
  return ask(() => api.GET('/api/license/requests', { params: { query } }));
}

type Request = Awaited<ReturnType<typeof readPage>>['requests'][number];

const OUTCOMES = {
  posted: 'outcomePosted',
  voided: 'outcomeVoided',
  expired: 'outcomeExpired',
  pending: 'outcomePending',
} as const;

export function Requests() {
  const t = useTexts('account');
  const words = useTexts('ui');
  const { key, license } = useHolder();
  const keys = useTexts('namedKeys');
  const keyList = useOwnKeyList();
  const [madeWith, setMadeWith] = useState('');
  const filter = madeWith === '' ? {} : { key: madeWith };
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery(
    {
      queryKey: ['holder', 'requests', key !== null, license, filter],
      queryFn: ({ pageParam }) => readPage(filter, pageParam),
      initialPageParam: null as string | null,
      getNextPageParam: page => page.next_cursor,
    },
  );
  const columns: Column<Request>[] = [
    { key: 'at', title: t('when'), width: 2, cell: ({ at }) => <ShortInstant at={at} /> },
    { key: 'model', title: t('model'), width: 2.4, cell: ({ model }) => <bdi>{model}</bdi> },
    {
      key: 'outcome',
      title: t('outcome'),
      width: 1.6,
      cell: ({ outcome }) => t(OUTCOMES[outcome]),
    },
    {
      key: 'charged',
      title: t('charged'),
      isNumber: true,
      width: 1.3,
      cell: ({ charged, units, unit }) => <Amount value={charged ? units : 0} unit={unit} />,
    },
    {
      key: 'from',
      title: t('from'),
      width: 1.2,
      cell: ({ charged, grant }) => (charged ? t(grant === null ? 'fromMonth' : 'fromAddon') : '–'),
    },
    {
      key: 'receipt',
      title: words('receipt'),
      width: 1.2,
      cell: ({ id, ended_at }) => (ended_at === null ? '–' : <Receipt id={id} />),
    },
  ];
  const rows = data?.pages.flatMap(page => page.requests) ?? [];
  return (
    <section aria-labelledby="requests">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={2} size="h3" id="requests">
            {t('requestsTitle')}
          </Title>
          <KeyFilter list={keyList} chosen={madeWith} choose={setMadeWith} />
        </Group>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Loading />
        ) : rows.length === 0 ? (
          <Text c="dimmed">{madeWith === '' ? t('noRequests') : keys('noneOfKey')}</Text>
        ) : (
          <DataTable
            label={t('requestsTitle')}
            columns={columns}
            rows={rows}
            keyOf={({ id }) => id}
            heightPx={420}
          />
        )}
        {hasNextPage && (
          <Button
            variant="default"
            loading={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
            className="no-print"
          >
            {t('older')}
          </Button>
        )}
      </Stack>
    </section>
  );
}

/** Saves the signed receipt as a file. */
function Receipt({ id }: { id: string }) {
  const t = useTexts('ui');
  const saving = useMutation({
    mutationFn: async () => saveFile(`receipt-${id}.json`, await readReceipt(id)),
  });
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      color={saving.isError ? 'red' : 'accent'}
      loading={saving.isPending}
      onClick={() => saving.mutate()}
    >
      {t('receipt')}
    </Button>
  );
}

function readReceipt(id: string): Promise<Blob> {
  const params = { path: { id } };
  return ask(() => api.GET('/api/license/requests/{id}/receipt', { params, parseAs: 'blob' }));
}
