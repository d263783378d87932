// Codes to give away: makes them, lists them with their state, and withdraws unused ones.

import {
  Anchor,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { CodeBlock } from '../../../ui/CopyField.js';
import type { Column } from '../../../ui/DataTable.js';
import { ShortInstant, useFormat } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { Page } from '../../../ui/Page.js';
import { providerName } from '../../../ui/providers.js';
import { Action } from '../Action.js';
import { ask, readPlans, useMay } from '../ask.js';
import { PagedTable, usePages } from '../PagedTable.js';
import { Section } from '../Section.js';

const STATES = {
  open: 'codeOpen',
  used: 'codeUsed',
  withdrawn: 'codeWithdrawn',
  expired: 'codeExpired',
} as const;

async function readCodes(cursor: { cursor?: string }) {
  const params = { query: { limit: 200, ...cursor } };
  const { codes, next_cursor } = await ask(() => api.GET('/admin/api/codes', { params }));
  return { rows: codes, next: next_cursor };
}
type Code = Awaited<ReturnType<typeof readCodes>>['rows'][number];

export default function Codes() {
  const t = useTexts('adminWork');
  const may = useMay();
  const pages = usePages(['codes'], readCodes);
  const columns: Column<Code>[] = [
    {
      key: 'product',
      title: t('product'),
      width: 1.2,
      cell: ({ product }) => <bdi>{product}</bdi>,
    },
    { key: 'state', title: t('state'), cell: ({ state }) => t(STATES[state]) },
    {
      key: 'made',
      title: t('made'),
      width: 1.7,
      cell: ({ created_at }) => <ShortInstant at={created_at} withTime={false} />,
    },
    {
      key: 'expires',
      title: t('expires'),
      width: 1.7,
      cell: ({ expires_at }) =>
        expires_at ? <ShortInstant at={expires_at} withTime={false} /> : t('never'),
    },
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
    { key: 'note', title: t('note'), width: 1.4, cell: ({ note }) => <bdi>{note}</bdi> },
  ];
  if (may('operator'))
    columns.push({
      key: 'withdraw',
      title: t('withdraw'),
      cell: ({ id, state }) => state === 'open' && <Withdraw id={id} />,
    });
  return (
    <Page title={t('codesTitle')}>
      <Stack gap="lg">
        {may('operator') && <Make />}
        <PagedTable
          label={t('codesTitle')}
          empty={t('noCodes')}
          pages={pages}
          columns={columns}
          keyOf={({ id }) => id}
        />
      </Stack>
    </Page>
  );
}

function Withdraw({ id }: { id: string }) {
  const t = useTexts('adminWork');
  return (
    <Action
      label={t('withdraw')}
      title={t('withdrawTitle')}
      consequence={t('withdrawText')}
      isDangerous
      isSmall
      act={() => ask(() => api.DELETE('/admin/api/codes/{id}', { params: { path: { id } } }))}
    />
  );
}

function Make() {
  const t = useTexts('adminWork');
  const words = useTexts('adminLicense');
  const format = useFormat();
  const [chosen, setChosen] = useState('');
  const [count, setCount] = useState(10);
  const [expires, setExpires] = useState('');
  const [note, setNote] = useState('');
  const [made, setMade] = useState<string[]>([]);
  const { data } = useQuery({
    queryKey: ['plans', document.documentElement.lang],
    queryFn: readPlans,
  });
  const products = [
    ...(data?.addons ?? []).map(({ id, provider, requests }) => ({
      value: id,
      label: words('addonChoice', {
        product: id,
        count: requests,
        provider: providerName(provider),
      }),
    })),
    ...(data?.wallet_addons ?? []).map(({ id, microusd }) => ({
      value: id,
      label: words('moneyChoice', { product: id, amount: format.dollars(microusd) }),
    })),
    ...(data?.plans ?? []).flatMap(({ name, products }) =>
      products.map(({ id, term }) => ({
        value: id,
        label: `${id}: ${name}, ${format.term(term)}`,
      })),
    ),
  ];
  const product = chosen || (products[0]?.value ?? '');
  const make = async () => {
    const body = {
      product,
      count,
      ...(expires !== '' && { expires_at: expires }),
      ...(note !== '' && { note }),
    };
    setMade((await ask(() => api.POST('/admin/api/codes', { body }))).codes);
  };
  return (
    <Section title={t('makeTitle')} text={t('makeText')}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md">
        <NativeSelect
          label={t('product')}
          value={product}
          onChange={event => setChosen(event.currentTarget.value)}
          data={products}
        />
        <NumberInput
          label={t('howMany')}
          value={count}
          onChange={value => setCount(Number(value))}
          min={1}
          max={1_000}
          allowDecimal={false}
          hideControls
        />
        <TextInput
          type="date"
          label={t('expires')}
          value={expires}
          onChange={event => setExpires(event.currentTarget.value)}
        />
        <TextInput
          label={t('note')}
          value={note}
          onChange={event => setNote(event.currentTarget.value)}
          attributes={OWN_DIRECTION}
          maxLength={2_000}
        />
      </SimpleGrid>
      <div>
        <Action
          label={t('make')}
          title={t('makeAsk', { count, product })}
          consequence={t('makeConsequence')}
          isDisabled={product === ''}
          act={make}
          testId="make-codes"
        />
      </div>
      {made.length > 0 && (
        <Stack gap="sm" role="status">
          <Text fw={600}>{t('codesOnce')}</Text>
          <CodeBlock code={made.join('\n')} label={t('codesTitle')} />
        </Stack>
      )}
    </Section>
  );
}
