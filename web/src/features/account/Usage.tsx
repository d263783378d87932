// The usage as a chart, as a table, as a file, and for printing.

import {
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Table,
  Text,
  Title,
} from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { daysBack } from '../../ui/days.js';
import { Count, Day, useFormat } from '../../ui/format.js';
import { providerName } from '../../ui/providers.js';
import { Failed, Loading } from '../../ui/states.js';
import { WideTable } from '../../ui/WideTable.js';
import css from './account.module.css';
import { type License, type UsageGroup, type UsageRow, useUsage } from './holder.js';
import { saveCsv, usageCsv } from './usageFile.js';

const DayChart = lazy(() => import('./DayChart.js'));
const SPANS = [7, 30, 90] as const;

export function Usage({ license }: { license: License }) {
  const t = useTexts('account');
  const { dollars, timeZone } = useFormat();
  const { used, unit } = license.usage;
  const [group, setGroup] = useState<UsageGroup>('day');
  const [days, setDays] = useState<number>(30);
  const [isTable, setTable] = useState(false);
  const { from, to } = daysBack(days);
  const { data, error, refetch } = useUsage(from, to, group);
  const groups = [
    { value: 'day', label: t('byDay') },
    { value: 'model', label: t('byModel') },
    { value: 'provider', label: t('byProvider') },
    { value: 'key', label: t('byKey') },
  ];
  return (
    <section className={css.card ?? ''} aria-labelledby="usage" data-testid="usage-chart">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={2} size="h3" id="usage">
            {t('usage')}
          </Title>
          <Group gap="xs" className="no-print">
            <NativeSelect
              aria-label={t('span')}
              value={String(days)}
              onChange={event => setDays(Number(event.currentTarget.value))}
              data={SPANS.map(count => ({ value: String(count), label: t('lastDays', { count }) }))}
            />
            <SegmentedControl
              aria-label={t('groupBy')}
              value={group}
              onChange={value => setGroup(value as UsageGroup)}
              data={groups}
            />
          </Group>
        </Group>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Loading lines={3} />
        ) : data.rows.length === 0 ? (
          <Text c="dimmed">{t('nothingUsed')}</Text>
        ) : (
          <>
            {group === 'day' && !isTable && (
              <Suspense fallback={<Loading lines={3} />}>
                <DayChart from={from} to={to} rows={data.rows} />
              </Suspense>
            )}
            {(group !== 'day' || isTable) && <Rows rows={data.rows} group={group} />}
          </>
        )}
        <Group className="no-print">
          {group === 'day' && (
            <Button variant="subtle" onClick={() => setTable(!isTable)}>
              {t(isTable ? 'asChart' : 'asTable')}
            </Button>
          )}
          <Button
            variant="subtle"
            disabled={!data}
            onClick={() => data && saveCsv(`usage-${from}-${to}.csv`, usageCsv(data.rows, group))}
          >
            {t('saveCsv')}
          </Button>
          <Button variant="subtle" onClick={() => print()}>
            {t('printStatement')}
          </Button>
        </Group>
        <Text size="sm" c="dimmed">
          {t('inZone', { zone: timeZone, total: unit === 'microusd' ? dollars(used) : used })}
        </Text>
      </Stack>
    </section>
  );
}

function Rows({ rows, group }: { rows: UsageRow[]; group: UsageGroup }) {
  const t = useTexts('account');
  return (
    <WideTable minWidthPx={480}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('what')}</Table.Th>
          <Table.Th>{t('requests')}</Table.Th>
          <Table.Th>{t('tokensIn')}</Table.Th>
          <Table.Th>{t('tokensOut')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(row => (
          <Table.Tr key={row.key}>
            <Table.Td>
              {group === 'day' ? (
                <Day day={row.key} />
              ) : (
                <bdi>
                  {row.name ?? (row.key === 'master' ? t('masterKey') : providerName(row.key))}
                </bdi>
              )}
            </Table.Td>
            <Table.Td>
              <Count value={row.requests} />
            </Table.Td>
            <Table.Td>
              <Count value={row.prompt_tokens} />
            </Table.Td>
            <Table.Td>
              <Count value={row.completion_tokens} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}
