// Notices to buyers and to the operator, and their deliveries.

import { Anchor, NativeSelect } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import type { Column } from '../../../ui/DataTable.js';
import { ShortInstant } from '../../../ui/format.js';
import { Action } from '../Action.js';
import { ask, useMay } from '../ask.js';
import { PagedTable, usePages } from '../PagedTable.js';
import { Section } from '../Section.js';

const STATES = { pending: 'pending', delivered: 'delivered', failed: 'undelivered' } as const;
type State = keyof typeof STATES;

async function readNotices(query: { state?: State; cursor?: string }) {
  const params = { query: { limit: 200, ...query } };
  const { notices, next_cursor } = await ask(() => api.GET('/admin/api/notices', { params }));
  return { rows: notices, next: next_cursor };
}
type Notice = Awaited<ReturnType<typeof readNotices>>['rows'][number];

export function Notices() {
  const t = useTexts('adminWork');
  const may = useMay();
  const [state, setState] = useState<State | undefined>();
  const filter = state ? { state } : {};
  const pages = usePages(['notices', filter], cursor => readNotices({ ...filter, ...cursor }));
  const columns: Column<Notice>[] = [
    { key: 'at', title: t('when'), width: 2, cell: each => <ShortInstant at={each.occurred_at} /> },
    { key: 'kind', title: t('kind'), width: 1.6, cell: ({ kind }) => <code>{kind}</code> },
    {
      key: 'license',
      title: t('license'),
      cell: ({ license_id }) =>
        license_id ? (
          <Anchor component={Link} href={`/admin/licenses/${license_id}`}>
            {t('openLicense')}
          </Anchor>
        ) : (
          '–'
        ),
    },
    {
      key: 'deliveries',
      title: t('deliveries'),
      width: 3,
      cell: ({ deliveries }) =>
        deliveries.map(each => (
          <Delivery key={each.channel + each.webhook_endpoint} delivery={each} />
        )),
    },
  ];
  if (may('operator'))
    columns.push({
      key: 'again',
      title: t('redeliver'),
      cell: ({ id }) => (
        <Action
          label={t('redeliver')}
          title={t('redeliverTitle')}
          consequence={t('redeliverText')}
          isSmall
          act={() =>
            ask(() => api.POST('/admin/api/notices/{id}/redeliver', { params: { path: { id } } }))
          }
        />
      ),
    });
  return (
    <Section
      title={t('notices')}
      beside={
        <NativeSelect
          aria-label={t('state')}
          value={state ?? ''}
          onChange={({ currentTarget: { value } }) =>
            setState(
              value === 'pending' || value === 'delivered' || value === 'failed'
                ? value
                : undefined,
            )
          }
          data={[
            { value: '', label: t('all') },
            ...Object.entries(STATES).map(([value, text]) => ({ value, label: t(text) })),
          ]}
        />
      }
    >
      <PagedTable
        label={t('notices')}
        empty={t('noNotices')}
        pages={pages}
        columns={columns}
        keyOf={({ id }) => id}
        hasLongCells
      />
    </Section>
  );
}

function Delivery({ delivery }: { delivery: Notice['deliveries'][number] }) {
  const t = useTexts('adminWork');
  const { channel, state, error } = delivery;
  return (
    <div>
      {t(channel === 'mail' ? 'channelMail' : 'channelWebhook')}: {t(STATES[state])}{' '}
      {error && <bdi>({error})</bdi>}
    </div>
  );
}
