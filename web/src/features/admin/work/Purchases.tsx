// The inbox: what shops reported with its outcome, and the decisions that need a person.

import { Button, Drawer, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { api } from '../../../api/client.js';
import { SELLERS } from '../../../api/lists.js';
import { useTexts } from '../../../messages/useTexts.js';
import type { Column } from '../../../ui/DataTable.js';
import { Count, Instant, ShortInstant } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { Page } from '../../../ui/Page.js';
import { Failed, Loading } from '../../../ui/states.js';
import { Action } from '../Action.js';
import css from '../admin.module.css';
import { ADMIN, ask, useMay } from '../ask.js';
import { Facts } from '../Facts.js';
import { PagedTable, usePages } from '../PagedTable.js';

const OUTCOMES = {
  failed: 'outcomeFailed',
  waiting: 'outcomeWaiting',
  applied: 'outcomeApplied',
  duplicate: 'outcomeDuplicate',
  ignored: 'outcomeIgnored',
} as const;
type Outcome = keyof typeof OUTCOMES;
const FILTERS = ['outcome', 'shop', 'order', 'email'] as const;

async function readEvents(query: {
  outcome?: Outcome;
  shop?: (typeof SELLERS)[number];
  order?: string;
  email?: string;
  cursor?: string;
}) {
  const params = { query: { limit: 200, ...query } };
  const page = await ask(() => api.GET('/admin/api/purchases', { params }));
  return { rows: page.purchases, next: page.next_cursor };
}

function readEvent(id: string) {
  return ask(() => api.GET('/admin/api/purchases/{id}', { params: { path: { id } } }));
}
type Acts = NonNullable<Awaited<ReturnType<typeof readEvent>>['purchase']['acts']>;
type Event = Awaited<ReturnType<typeof readEvents>>['rows'][number];

export default function Purchases() {
  const t = useTexts('adminWork');
  // The filter is in the address, so that it can be linked to, and the back button works.
  const [address, setAddress] = useSearchParams();
  const [opened, setOpened] = useState<string | null>(null);
  const filtered = (name: (typeof FILTERS)[number]) => address.get(name) ?? '';
  const set = (name: (typeof FILTERS)[number], value: string) =>
    setAddress(
      known => {
        if (value === '') known.delete(name);
        else known.set(name, value);
        return known;
      },
      { replace: true },
    );
  const outcome = filtered('outcome');
  const shop = SELLERS.find(each => each === filtered('shop'));
  const filter = {
    ...(isOutcomeName(outcome) && { outcome }),
    ...(shop && { shop }),
    ...(filtered('order') !== '' && { order: filtered('order') }),
    ...(filtered('email') !== '' && { email: filtered('email') }),
  };
  const pages = usePages(['purchases', filter], cursor => readEvents({ ...filter, ...cursor }));
  const columns: Column<Event>[] = [
    {
      key: 'received',
      title: t('when'),
      width: 2,
      cell: ({ received_at }) => <ShortInstant at={received_at} />,
    },
    { key: 'shop', title: t('shop'), width: 1.4, cell: each => <bdi>{each.shop}</bdi> },
    { key: 'order', title: t('order'), cell: ({ order }) => <bdi>{order ?? '–'}</bdi> },
    { key: 'outcome', title: t('outcome'), cell: each => <OutcomeName name={each.outcome} /> },
    {
      key: 'reason',
      title: t('reason'),
      width: 2.4,
      cell: ({ reason }) => <bdi>{reason}</bdi>,
    },
    {
      key: 'open',
      title: t('details'),
      width: 0.9,
      cell: ({ id }) => (
        <Button size="compact-sm" variant="subtle" onClick={() => setOpened(id)}>
          {t('details')}
        </Button>
      ),
    },
  ];
  return (
    <Page title={t('purchasesTitle')}>
      <Stack gap="md">
        <Text c="dimmed">{t('purchasesText')}</Text>
        <Group gap="md" align="end">
          <NativeSelect
            label={t('outcome')}
            value={filtered('outcome')}
            onChange={event => set('outcome', event.currentTarget.value)}
            data={[
              { value: '', label: t('all') },
              ...Object.entries(OUTCOMES).map(([value, text]) => ({ value, label: t(text) })),
            ]}
          />
          <NativeSelect
            label={t('shop')}
            value={filtered('shop')}
            onChange={event => set('shop', event.currentTarget.value)}
            data={[{ value: '', label: t('all') }, ...SELLERS]}
          />
          <TextInput
            label={t('order')}
            value={filtered('order')}
            onChange={event => set('order', event.currentTarget.value.trim())}
            attributes={OWN_DIRECTION}
          />
          <TextInput
            label={t('email')}
            value={filtered('email')}
            onChange={event => set('email', event.currentTarget.value.trim())}
            dir="ltr"
          />
        </Group>
        <PagedTable
          label={t('purchasesTitle')}
          empty={t('noPurchases')}
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
        />
      </Stack>
      <Drawer
        opened={opened !== null}
        onClose={() => setOpened(null)}
        title={t('event')}
        position="right"
        size="lg"
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        {opened && <Opened id={opened} />}
      </Drawer>
    </Page>
  );
}

function Opened({ id }: { id: string }) {
  const t = useTexts('adminWork');
  const may = useMay();
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'purchase', id],
    queryFn: () => readEvent(id),
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const { purchase } = data;
  const { acts = [] } = purchase;
  return (
    <Stack gap="lg">
      <Facts
        facts={[
          [t('shop'), <bdi key="shop">{purchase.shop}</bdi>],
          [t('order'), <bdi key="order">{purchase.order ?? '–'}</bdi>],
          [t('topic'), <bdi key="topic">{purchase.topic ?? '–'}</bdi>],
          [t('outcome'), <OutcomeName key="outcome" name={purchase.outcome} />],
          [t('reason'), <bdi key="reason">{purchase.reason || '–'}</bdi>],
          [t('attempts'), <Count key="attempts" value={purchase.attempts} />],
          [t('when'), <Instant key="at" at={purchase.received_at} />],
        ]}
      />
      {may('operator') && acts.length > 0 && <ByHand id={id} acts={acts} />}
      <Text fw={600}>{t('asItCame')}</Text>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={css.raw} tabIndex={0}>
        {pretty(purchase.body ?? purchase.body_base64 ?? '')}
      </pre>
    </Stack>
  );
}

function ByHand({ id, acts }: { id: string; acts: Acts }) {
  const t = useTexts('adminWork');
  const [to, setTo] = useState('');
  const [note, setNote] = useState('');
  const params = { path: { id } };
  const whose = to.trim().includes('@') ? { email: to.trim() } : { license_id: to.trim() };
  return (
    <Group gap="sm">
      {acts.includes('assign') && (
        <Action
          label={t('assign')}
          title={t('assignTitle')}
          consequence={t('assignText')}
          act={() =>
            ask(() => api.POST('/admin/api/purchases/{id}/assign', { params, body: whose }))
          }
          testId="assign"
        >
          <TextInput
            label={t('assignTo')}
            value={to}
            onChange={event => setTo(event.currentTarget.value)}
            dir="ltr"
            required
          />
        </Action>
      )}
      {acts.includes('replay') && (
        <Action
          label={t('replay')}
          title={t('replayTitle')}
          consequence={t('replayText')}
          act={() => ask(() => api.POST('/admin/api/purchases/{id}/replay', { params }))}
          testId="replay"
        />
      )}
      {acts.includes('settle') && (
        <Action
          label={t('settle')}
          title={t('settleTitle')}
          consequence={t('settleText')}
          isDangerous
          act={() =>
            ask(() => api.POST('/admin/api/purchases/{id}/settle', { params, body: { note } }))
          }
          testId="settle"
        >
          <TextInput
            label={t('noteNeeded')}
            value={note}
            onChange={event => setNote(event.currentTarget.value)}
            attributes={OWN_DIRECTION}
            required
          />
        </Action>
      )}
    </Group>
  );
}

function OutcomeName({ name }: { name: string }) {
  const t = useTexts('adminWork');
  return isOutcomeName(name) ? t(OUTCOMES[name]) : <bdi>{name}</bdi>;
}

function isOutcomeName(name: string): name is Outcome {
  return Object.hasOwn(OUTCOMES, name);
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
