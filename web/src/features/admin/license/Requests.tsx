// Each request of a license, newest first.

import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import type { Column } from '../../../ui/DataTable.js';
import { Amount, Dollars, ShortInstant } from '../../../ui/format.js';
import { KeyFilter } from '../../../ui/KeyFilter.js';
import { ask } from '../ask.js';
import { PagedTable, usePages } from '../PagedTable.js';
import { Section } from '../Section.js';
import { keyListOf } from './LicenseKeys.js';

const OUTCOMES = {
  posted: 'outcomePosted',
  voided: 'outcomeVoided',
  expired: 'outcomeExpired',
  pending: 'outcomePending',
} as const;

async function readRequests(id: string, query: { key?: string; cursor?: string }) {
  const params = { path: { id }, query: { limit: 200, ...query } };
  const page = await ask(() => api.GET('/admin/api/licenses/{id}/requests', { params }));
  return { rows: page.requests, next: page.next_cursor };
}
type Request = Awaited<ReturnType<typeof readRequests>>['rows'][number];

export function Requests({ id }: { id: string }) {
  const t = useTexts('adminLicense');
  const words = useTexts('namedKeys');
  const [key, setKey] = useState('');
  const filter = key === '' ? {} : { key };
  const pages = usePages(['requests', id, filter], cursor =>
    readRequests(id, { ...filter, ...cursor }),
  );
  const columns: Column<Request>[] = [
    { key: 'at', title: t('when'), width: 2, cell: ({ at }) => <ShortInstant at={at} /> },
    {
      key: 'model',
      title: t('model'),
      width: 2.4,
      cell: ({ model }) => <span className="ltr">{model}</span>,
    },
    { key: 'outcome', title: t('outcome'), width: 1.6, cell: each => t(OUTCOMES[each.outcome]) },
    {
      key: 'charged',
      title: t('charged'),
      isNumber: true,
      width: 1.2,
      cell: ({ charged, units, unit }) => <Amount value={charged ? units : 0} unit={unit} />,
    },
    {
      key: 'bucket',
      title: t('source'),
      width: 1.2,
      cell: ({ charged, bucket, product }) =>
        charged ? (
          <>
            {t(bucket === 'grant' ? 'fromAddon' : 'fromMonth')} <bdi>{product}</bdi>
          </>
        ) : (
          '–'
        ),
    },
    {
      key: 'cost',
      title: t('cost'),
      isNumber: true,
      width: 1.4,
      cell: ({ cost_microusd }) =>
        cost_microusd == null ? '–' : <Dollars micros={cost_microusd} />,
    },
    {
      key: 'id',
      title: t('requestId'),
      width: 1.6,
      cell: ({ request_id }) => <code title={request_id}>{request_id}</code>,
    },
  ];
  return (
    <Section
      title={t('requests')}
      testId="requests"
      beside={<KeyFilter list={keyListOf(id)} chosen={key} choose={setKey} />}
    >
      <PagedTable
        label={t('requests')}
        empty={key === '' ? t('noRequests') : words('noneOfKey')}
        pages={pages}
        columns={columns}
        keyOf={each => each.id}
      />
    </Section>
  );
}
