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
import { useFormat } from '../../../ui/format.js';
import { OWN_DIRECTION } from '../../../ui/ownDirection.js';
import { isProvider, PROVIDERS, providerName } from '../../../ui/providers.js';
import { ask, type LicensePage, readPlans, useRefresh } from '../ask.js';
import { Section } from '../Section.js';
import { commonDay } from './limitDays.js';
import {
  bodyOf,
  FIELDS,
  type Field,
  limitDaysOf,
  limitsEnd,
  type Values,
  valuesOf,
} from './settingValues.js';
import { Undo } from './Undo.js';

/** Limits that must not be 0, because no request would be possible. */
const AT_LEAST_ONE: Field[] = ['rateLimit', 'concurrency'];
const LABELS = {
  plan: 'plan',
  planUntil: 'planUntil',
  expires: 'expires',
  email: 'email',
  note: 'note',
  wallet: 'limitWallet',
  limitsUntil: 'limitsUntil',
  rateLimit: 'rateLimit',
  concurrency: 'concurrency',
} as const;
const DATES = {
  planUntil: 'planUntilText',
  expires: 'expiresText',
  limitsUntil: 'limitsUntilText',
} as const;
const CONSEQUENCES = {
  plan: 'planChange',
  planUntil: 'planUntilChange',
  expires: 'expiresChange',
  email: 'emailChange',
  note: 'noteChange',
  wallet: 'limitChange',
  limitsUntil: 'limitsUntilChange',
  rateLimit: 'rateChange',
  concurrency: 'rateChange',
} as const;

function useLabels() {
  const t = useTexts('adminLicense');
  return (field: Field) =>
    isProvider(field) ? t('limitOf', { provider: providerName(field) }) : t(LABELS[field]);
}

export function Settings({ view }: { view: LicensePage }) {
  const t = useTexts('adminLicense');
  const labelOf = useLabels();
  const before = valuesOf(view);
  const days = limitDaysOf(view);
  const endTexts = useEndTexts(view);
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
  const monthlyFields = view.usage.unit === 'microusd' ? (['wallet'] as const) : PROVIDERS;
  const dateField = (field: keyof typeof DATES) => (
    <TextInput
      type="date"
      label={labelOf(field)}
      description={endTexts(field)}
      value={after[field]}
      onChange={event => set(field)(event.currentTarget.value)}
    />
  );
  const numberField = (field: Field) => (
    <NumberInput
      key={field}
      label={labelOf(field)}
      description={t(AT_LEAST_ONE.includes(field) ? 'noRateLimitText' : 'noLimitText')}
      value={after[field]}
      onChange={set(field)}
      min={AT_LEAST_ONE.includes(field) ? 1 : 0}
      allowDecimal={field === 'wallet'}
      decimalScale={6}
      prefix={field === 'wallet' ? '$' : ''}
      hideControls
    />
  );
  const isKnown = plans.some(({ value }) => value === before.plan);
  const save = async () => {
    const params = { path: { id: view.license.id } };
    const body = bodyOf(changed, after, days);
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
        {dateField('planUntil')}
        {dateField('expires')}
        <TextInput
          label={t('email')}
          description={t('emailText')}
          value={after.email}
          onChange={event => set('email')(event.currentTarget.value)}
          dir="ltr"
          inputMode="email"
          autoComplete="off"
        />
        {monthlyFields.map(numberField)}
        {dateField('limitsUntil')}
        {AT_LEAST_ONE.map(numberField)}
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
          isDisabled={changed.length === 0 || limitsEnd(changed, after, days) === null}
          consequence={<Changes changed={changed} before={before} after={after} />}
          act={save}
          testId="save"
        />
        <Undo id={view.license.id} />
      </Group>
    </Section>
  );
}

/** What is below a field for a day. Limits may end on different days, which one field cannot show. */
function useEndTexts(view: LicensePage): (field: keyof typeof DATES) => string {
  const t = useTexts('adminLicense');
  const { day } = useFormat();
  const days = limitDaysOf(view);
  const ends = Object.entries(days)
    .map(([provider, last]) => `${providerName(provider)} ${last ? day(last) : t('never')}`)
    .join(', ');
  return field =>
    field === 'limitsUntil' && commonDay(days) === null
      ? t('limitsUntilMixed', { ends })
      : t(DATES[field]);
}

interface ChangesProps {
  changed: Field[];
  before: Values;
  after: Values;
}

function Changes({ changed, before, after }: ChangesProps) {
  const t = useTexts('adminLicense');
  const labelOf = useLabels();
  return (
    <List spacing="sm">
      {changed.map(field => (
        <List.Item key={field}>
          <Stack gap={0}>
            <Text>
              {t('changeOf', {
                what: labelOf(field),
                before: before[field] || t('nothing'),
                after: after[field] || t('nothing'),
              })}
            </Text>
            <Text size="sm" c="dimmed">
              {t(isProvider(field) ? 'limitChange' : CONSEQUENCES[field])}
            </Text>
          </Stack>
        </List.Item>
      ))}
    </List>
  );
}
