// The fields of a named key: its name and its limits. An empty limit is none.

import { NumberInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { MICROS } from './format.js';
import type { KeyBody, NamedKey } from './namedKey.js';
import { OWN_DIRECTION } from './ownDirection.js';
import { isProvider, PROVIDERS, type Provider, perProvider, providerName } from './providers.js';

type Limit = Provider | 'dollars' | 'rateLimit';
type Values = Record<Limit | 'name', string>;

const LABELS = { dollars: 'limitDollars', rateLimit: 'rateLimit' } as const;

export type KeyForm = ReturnType<typeof useKeyValues>;

/** `named`: the key as it is; null for a new one. */
export function useKeyValues(named: NamedKey | null, isMoney: boolean) {
  const before = valuesOf(named);
  const [values, setValues] = useState(before);
  const numberIn = (field: Limit) => (values[field] === '' ? null : Number(values[field]));
  return {
    values,
    set: (field: keyof Values, value: string | number) =>
      setValues(all => ({ ...all, [field]: String(value) })),
    reset: () => setValues(before),
    body(): KeyBody {
      const dollars = numberIn('dollars');
      return {
        name: values.name.trim(),
        limits: isMoney
          ? { all: dollars === null ? null : Math.round(dollars * MICROS) }
          : perProvider(numberIn),
        rate_limit: numberIn('rateLimit'),
      };
    },
  };
}

function valuesOf(named: NamedKey | null): Values {
  const { name = '', limits, rate_limit = null } = named ?? {};
  const written = (limit: number | null | undefined) => (limit == null ? '' : String(limit));
  return {
    name,
    ...perProvider(provider => written(limits?.[provider])),
    dollars: limits?.all === undefined ? '' : String(limits.all / MICROS),
    rateLimit: written(rate_limit),
  };
}

export function KeyFields({ form, isMoney }: { form: KeyForm; isMoney: boolean }) {
  const t = useTexts('namedKeys');
  const shown: Limit[] = [...(isMoney ? (['dollars'] as const) : PROVIDERS), 'rateLimit'];
  const labelOf = (field: Limit) =>
    isProvider(field) ? t('limitOf', { provider: providerName(field) }) : t(LABELS[field]);
  return (
    <Stack gap="sm">
      <TextInput
        label={t('name')}
        name="name"
        value={form.values.name}
        onChange={event => form.set('name', event.currentTarget.value)}
        maxLength={100}
        attributes={OWN_DIRECTION}
        required
        data-testid="key-name"
      />
      {shown.map(field => (
        <NumberInput
          key={field}
          label={labelOf(field)}
          placeholder={t('noLimit')}
          value={form.values[field]}
          onChange={value => form.set(field, value)}
          min={field === 'rateLimit' ? 1 : 0}
          allowNegative={false}
          allowDecimal={field === 'dollars'}
          decimalScale={6}
          prefix={field === 'dollars' ? '$' : ''}
          hideControls
          data-testid={`key-${field}`}
        />
      ))}
    </Stack>
  );
}
