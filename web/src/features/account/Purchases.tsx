// The buyer's purchases, the link to the shop's portal, and how to buy more.

import {
  Alert,
  Button,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { answerOf, api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { Instant, MinorMoney, useFormat } from '../../ui/format.js';
import { messageIn, messageOf } from '../../ui/messageOf.js';
import { providerName } from '../../ui/providers.js';
import { Failed, Loading } from '../../ui/states.js';
import { WideTable } from '../../ui/WideTable.js';
import css from './account.module.css';
import { type License, useHolder, useRefresh } from './holder.js';
import { ask, askAsBuyer } from './session.js';

const KINDS = { paid: 'paid', refunded: 'refunded', disputed: 'disputed' } as const;

export function Purchases({ license }: { license: License }) {
  const t = useTexts('account');
  return (
    <section aria-labelledby="purchases" data-testid="purchases">
      <Stack gap="lg">
        <Title order={2} size="h3" id="purchases">
          {t('purchases')}
        </Title>
        <Payments />
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg" className="no-print">
          <Buy license={license} />
          <Redeem />
        </SimpleGrid>
      </Stack>
    </section>
  );
}

function Payments() {
  const t = useTexts('account');
  const { key, license } = useHolder();
  const { data, error, refetch } = useQuery({
    queryKey: ['holder', 'purchases', key !== null, license],
    queryFn: () =>
      ask(() => api.GET('/api/license/purchases', { params: { query: { limit: 100 } } })),
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={2} />;
  if (data.purchases.length === 0) return <Text c="dimmed">{t('noPurchases')}</Text>;
  return (
    <WideTable minWidthPx={560}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('when')}</Table.Th>
          <Table.Th>{t('what')}</Table.Th>
          <Table.Th>{t('order')}</Table.Th>
          <Table.Th>{t('amount')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.purchases.map(({ id, at, kind, items, order_id, amount, currency }) => (
          <Table.Tr key={id}>
            <Table.Td>
              <Instant at={at} withTime={false} />
            </Table.Td>
            <Table.Td>
              {t(KINDS[kind])} {items && <bdi>{itemsOf(items)}</bdi>}
            </Table.Td>
            <Table.Td>
              <bdi>{order_id}</bdi>
            </Table.Td>
            <Table.Td>
              {amount !== null && currency ? (
                <MinorMoney amount={amount} currency={currency} />
              ) : (
                '–'
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

/** `woocommerce:404 * 2` as `404 × 2`: a buyer knows the product's number, not who the shop is to us. */
function itemsOf(items: string): string {
  return items.replace(/(^|, )\w+:/g, '$1').replaceAll(' * ', ' × ');
}

function Buy({ license }: { license: License }) {
  const t = useTexts('account');
  const format = useFormat();
  const [product, setProduct] = useState('');
  const [fault, setFault] = useState('');
  const { data } = useQuery({
    queryKey: ['plans', document.documentElement.lang],
    queryFn: () => answerOf(api.GET('/api/plans')),
  });
  const rankOf = (plan: string) => data?.plans.find(({ code }) => code === plan)?.rank ?? 0;
  const isOpen = (addon: { minimum_plan: string }) =>
    rankOf(addon.minimum_plan) <= rankOf(license.plan);
  // A plan draws on add-ons of its own kind: money, or requests.
  const addons =
    license.usage.unit === 'microusd'
      ? (data?.wallet_addons ?? []).filter(isOpen).map(({ id, microusd }) => ({
          value: id,
          label: t('moneyChoice', { amount: format.dollars(microusd) }),
        }))
      : (data?.addons ?? []).filter(isOpen).map(({ id, provider, requests }) => ({
          value: id,
          label: t('addonChoice', { count: requests, provider: providerName(provider) }),
        }));
  const choices = [
    ...addons,
    ...(data?.plans ?? []).flatMap(({ name, products }) =>
      products.map(({ id, term }) => ({ value: id, label: `${name} · ${format.term(term)}` })),
    ),
  ];
  const chosen = product || choices[0]?.value;
  const leave = async (ask: () => Promise<{ url: string }>) => {
    setFault('');
    try {
      location.assign((await ask()).url);
    } catch (error) {
      setFault(messageOf(error, t('noAnswer')));
    }
  };
  return (
    <div className={css.card ?? ''}>
      <Stack gap="md">
        <Title order={3} size="h4">
          {t('buyTitle')}
        </Title>
        <NativeSelect
          label={t('product')}
          value={chosen ?? ''}
          onChange={event => setProduct(event.currentTarget.value)}
          data={choices}
        />
        {fault && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <Group>
          <Button
            disabled={!chosen}
            onClick={() =>
              void leave(() =>
                askAsBuyer(() =>
                  api.POST('/api/checkout', { body: { product: chosen as string } }),
                ),
              )
            }
            data-testid="buy"
          >
            {t('buy')}
          </Button>
          <Button
            variant="default"
            onClick={() => void leave(() => ask(() => api.POST('/api/license/billing-portal')))}
            data-testid="portal"
          >
            {t('portal')}
          </Button>
        </Group>
      </Stack>
    </div>
  );
}

function Redeem() {
  const t = useTexts('account');
  const refresh = useRefresh();
  const [code, setCode] = useState('');
  const [fault, setFault] = useState('');
  const [isDone, setDone] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const redeem = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setFault('');
    setDone(false);
    setAsking(true);
    try {
      await askAsBuyer(() => api.POST('/api/redeem', { body: { code: code.trim() } }));
      setCode('');
      setDone(true);
      await refresh();
    } catch (error) {
      setFault(messageIn(form, error, t('noAnswer')));
    } finally {
      setAsking(false);
    }
  };
  return (
    <form className={css.card ?? ''} onSubmit={event => void redeem(event)}>
      <Stack gap="md">
        <Title order={3} size="h4">
          {t('redeemTitle')}
        </Title>
        <TextInput
          label={t('code')}
          name="code"
          value={code}
          onChange={event => setCode(event.currentTarget.value)}
          dir="ltr"
          required
          error={fault}
          data-testid="code"
          autoComplete="off"
        />
        <Button type="submit" variant="light" loading={isAsking} data-testid="redeem">
          {t('redeem')}
        </Button>
        {isDone && <Alert role="status">{t('redeemed')}</Alert>}
      </Stack>
    </form>
  );
}
