// Gives an add-on of the catalogue, or so many units with a reason; for good or for a time.

import { NativeSelect, NumberInput, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { MICROS, useFormat } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { isProvider, PROVIDERS, type Provider, providerName } from '../../../ui/providers.js';
import { Action } from '../Action.js';
import { ask, readPlans } from '../ask.js';

interface GiveProps {
  id: string;
  /** The plan sells money: its add-ons are dollars. */
  isMoney: boolean;
}

export function GiveProduct({ id, isMoney }: GiveProps) {
  const t = useTexts('adminLicense');
  const { dollars } = useFormat();
  const [chosen, setChosen] = useState('');
  const [quantity, setQuantity] = useState(1);
  const [until, setUntil] = useState('');
  const { data } = useQuery({
    queryKey: ['plans', document.documentElement.lang],
    queryFn: readPlans,
  });
  const ofRequests = () =>
    data?.addons.map(({ id: product, requests, provider }) => ({
      value: product,
      label: t('addonChoice', { product, count: requests, provider: providerName(provider) }),
    }));
  const ofMoney = () =>
    data?.wallet_addons.map(({ id: product, microusd }) => ({
      value: product,
      label: t('moneyChoice', { product, amount: dollars(microusd) }),
    }));
  const addons = (isMoney ? ofMoney() : ofRequests()) ?? [];
  const product = chosen || (addons[0]?.value ?? '');
  return (
    <Action
      label={t('giveProduct')}
      title={t(isMoney ? 'giveMoneyTitle' : 'giveTitle')}
      consequence={t(isMoney ? 'giveMoneyText' : 'giveText')}
      isDisabled={addons.length === 0}
      act={() =>
        ask(() =>
          api.POST('/admin/api/licenses/{id}/grants', {
            params: { path: { id } },
            body: { product, quantity, ...endOf(until) },
          }),
        )
      }
      testId="give"
    >
      <Stack gap="sm">
        <NativeSelect
          label={t('product')}
          value={product}
          onChange={event => setChosen(event.currentTarget.value)}
          data={addons}
        />
        <NumberInput
          label={t('quantity')}
          value={quantity}
          onChange={value => setQuantity(Number(value))}
          min={1}
          max={1_000}
          allowDecimal={false}
          hideControls
        />
        <Until day={until} choose={setUntil} />
      </Stack>
    </Action>
  );
}

export function GiveUnits({ id, isMoney }: GiveProps) {
  const t = useTexts('adminLicense');
  const [provider, setProvider] = useState<Provider>(PROVIDERS[0]);
  const [units, setUnits] = useState(10);
  const [reason, setReason] = useState('');
  const [until, setUntil] = useState('');
  return (
    <Action
      label={t(isMoney ? 'giveMoney' : 'giveUnits')}
      title={t(isMoney ? 'giveMoneyTitle' : 'giveTitle')}
      consequence={t(isMoney ? 'giveMoneyText' : 'giveText')}
      act={() =>
        ask(() =>
          api.POST('/admin/api/licenses/{id}/grants', {
            params: { path: { id } },
            body: isMoney
              ? { provider: 'all', units: Math.round(units * MICROS), reason, ...endOf(until) }
              : { provider, units, reason, ...endOf(until) },
          }),
        )
      }
    >
      <Stack gap="sm">
        {!isMoney && (
          <NativeSelect
            label={t('provider')}
            value={provider}
            onChange={({ currentTarget: { value } }) => isProvider(value) && setProvider(value)}
            data={PROVIDERS.map(value => ({ value, label: providerName(value) }))}
          />
        )}
        <NumberInput
          label={t(isMoney ? 'dollars' : 'requests')}
          value={units}
          onChange={value => setUnits(Number(value))}
          min={isMoney ? 0.000001 : 1}
          allowDecimal={isMoney}
          decimalScale={6}
          prefix={isMoney ? '$' : ''}
          hideControls
        />
        <TextInput
          label={t('reasonNeeded')}
          value={reason}
          onChange={event => setReason(event.currentTarget.value)}
          attributes={OWN_DIRECTION}
          required
        />
        <Until day={until} choose={setUntil} />
      </Stack>
    </Action>
  );
}

/** The last day of what is given; empty: it does not end. */
function Until({ day, choose }: { day: string; choose: (day: string) => void }) {
  const t = useTexts('adminLicense');
  return (
    <TextInput
      type="date"
      label={t('until')}
      description={t('untilText')}
      value={day}
      onChange={event => choose(event.currentTarget.value)}
    />
  );
}

function endOf(day: string): { expires_at?: string } {
  return day === '' ? {} : { expires_at: day };
}
