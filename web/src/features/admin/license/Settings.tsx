// All settings of a license. Before they are saved, each change is listed with its old and new value.

import {
  Group,
  List,
  NativeSelect,
  NumberInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Action } from '../../../ui/Action.js';
import { MICROS } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { PROVIDERS } from '../../../ui/providers.js';
import { ask, type LicensePage, readPlans, useRefresh } from '../ask.js';
import { lastDayBefore } from '../reports.js';
import { Section } from '../Section.js';
import { Undo } from './Undo.js';

const FIELDS = [
  'plan',
  'expires',
  'email',
  'note',
  'openrouter',
  'openai',
  'wallet',
  'rateLimit',
  'concurrency',
] as const;
/** Limits that must not be 0, because no request would be possible. */
const AT_LEAST_ONE: Field[] = ['rateLimit', 'concurrency'];
type Field = (typeof FIELDS)[number];
type Values = Record<Field, string>;

const LABELS = {
  plan: 'plan',
  expires: 'expires',
  email: 'email',
  note: 'note',
  openrouter: 'limitOpenrouter',
  openai: 'limitOpenai',
  wallet: 'limitWallet',
  rateLimit: 'rateLimit',
  concurrency: 'concurrency',
} as const;
const CONSEQUENCES = {
  plan: 'planChange',
  expires: 'expiresChange',
  email: 'emailChange',
  note: 'noteChange',
  openrouter: 'limitChange',
  openai: 'limitChange',
  wallet: 'limitChange',
  rateLimit: 'rateChange',
  concurrency: 'rateChange',
} as const;

export function Settings({ view }: { view: LicensePage }) {
  const t = useTexts('adminLicense');
  const before = valuesOf(view);
  const refresh = useRefresh();
  /** Only what was edited: all else follows what the license has, which somebody else may change meanwhile. */
  const [edits, setEdits] = useState<Partial<Values>>({});
  const after = { ...before, ...edits };
  const set = (field: Field) => (value: string | number) =>
    setEdits(values => ({ ...values, [field]: String(value) }));
  const changed = FIELDS.filter(field => after[field] !== before[field]);
  const { data } = useQuery({
    queryKey: ['plans', document.documentElement.lang],
    queryFn: readPlans,
  });
  const plans = data?.plans.map(({ code, name }) => ({ value: code, label: name })) ?? [];
  const limitFields = [
    ...(view.usage.unit === 'microusd' ? (['wallet'] as const) : PROVIDERS),
    'rateLimit',
    'concurrency',
  ] as const;
  const isKnown = plans.some(({ value }) => value === before.plan);
  const save = async () => {
    const params = { path: { id: view.license.id } };
    const body = bodyOf(changed, after);
    await ask(() => api.PATCH('/admin/api/licenses/{id}', { params, body }));
    await refresh();
    setEdits({});
  };
  return (
    <Section title={t('settings')} text={t('settingsText')}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="md">
        <NativeSelect
          label={t('plan')}
          value={after.plan}
          onChange={event => set('plan')(event.currentTarget.value)}
          data={isKnown ? plans : [{ value: before.plan, label: before.plan }, ...plans]}
        />
        <TextInput
          type="date"
          label={t('expires')}
          description={t('expiresText')}
          value={after.expires}
          onChange={event => set('expires')(event.currentTarget.value)}
        />
        <TextInput
          label={t('email')}
          description={t('emailText')}
          value={after.email}
          onChange={event => set('email')(event.currentTarget.value)}
          dir="ltr"
          inputMode="email"
          autoComplete="off"
        />
        {limitFields.map(field => (
          <NumberInput
            key={field}
            label={t(LABELS[field])}
            description={t(AT_LEAST_ONE.includes(field) ? 'noRateLimitText' : 'noLimitText')}
            value={after[field]}
            onChange={set(field)}
            min={AT_LEAST_ONE.includes(field) ? 1 : 0}
            allowDecimal={field === 'wallet'}
            decimalScale={6}
            prefix={field === 'wallet' ? '$' : ''}
            hideControls
          />
        ))}
      </SimpleGrid>
      <TextInput
        label={t('note')}
        value={after.note}
        onChange={event => set('note')(event.currentTarget.value)}
        attributes={OWN_DIRECTION}
        maxLength={2_000}
      />
      <Group gap="sm">
        <Action
          label={t('save')}
          title={t('saveTitle')}
          isDisabled={changed.length === 0}
          consequence={<Changes changed={changed} before={before} after={after} />}
          act={save}
          testId="save"
        />
        <Undo id={view.license.id} />
      </Group>
    </Section>
  );
}

interface ChangesProps {
  changed: Field[];
  before: Values;
  after: Values;
}

function Changes({ changed, before, after }: ChangesProps) {
  const t = useTexts('adminLicense');
  return (
    <List spacing="sm">
      {changed.map(field => (
        <List.Item key={field}>
          <Stack gap={0}>
            <Text>
              {t('changeOf', {
                what: t(LABELS[field]),
                before: before[field] || t('nothing'),
                after: after[field] || t('nothing'),
              })}
            </Text>
            <Text size="sm" c="dimmed">
              {t(CONSEQUENCES[field])}
            </Text>
          </Stack>
        </List.Item>
      ))}
    </List>
  );
}

function valuesOf({ license, limits, rate_limit, concurrency }: LicensePage): Values {
  return {
    plan: license.plan,
    expires: license.expires_at === null ? '' : lastDayBefore(license.expires_at),
    email: license.email,
    note: license.note,
    openrouter: limits.openrouter === null ? '' : String(limits.openrouter),
    openai: limits.openai === null ? '' : String(limits.openai),
    wallet: limits.all == null ? '' : String(limits.all / MICROS),
    rateLimit: rate_limit === null ? '' : String(rate_limit),
    concurrency: concurrency === null ? '' : String(concurrency),
  };
}

function bodyOf(changed: Field[], after: Values) {
  const has = (field: Field) => changed.includes(field);
  const dollars = numberOrNull(after.wallet);
  const limits = {
    ...Object.fromEntries(
      PROVIDERS.filter(has).map(provider => [provider, numberOrNull(after[provider])]),
    ),
    ...(has('wallet') && { all: dollars === null ? null : Math.round(dollars * MICROS) }),
  };
  return {
    ...(has('plan') && { plan: after.plan }),
    ...(has('expires') && { expires_at: after.expires || null }),
    ...(has('email') && { email: after.email.trim() }),
    ...(has('note') && { note: after.note }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(has('rateLimit') && { rate_limit: numberOrNull(after.rateLimit) }),
    ...(has('concurrency') && { concurrency: numberOrNull(after.concurrency) }),
  };
}

function numberOrNull(value: string): number | null {
  return value === '' ? null : Number(value);
}
