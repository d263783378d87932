// Requests, refusals, and cost beside revenue, by license and by model.

import {
  Anchor,
  NativeSelect,
  SimpleGrid,
  Stack,
  Table,
  Text,
  VisuallyHidden,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import { daysBack } from '../../ui/days.js';
import { Count, Dollars, MinorMoney, useFormat } from '../../ui/format.js';
import { Failed, Loading } from '../../ui/states.js';
import { WideTable } from '../../ui/WideTable.js';
import css from './admin.module.css';
import { ADMIN, readLicense } from './ask.js';
import { type UsageRow, useRefusals, useSales, useUsage } from './reports.js';
import { Section } from './Section.js';

const SPANS = [7, 30, 90];
const TOP = 8;

interface Span {
  from: string;
  to: string;
}

export function Figures() {
  const t = useTexts('admin');
  const [days, setDays] = useState(30);
  const span = daysBack(days);
  return (
    <Stack gap="lg">
      <Requests
        span={span}
        beside={
          <NativeSelect
            aria-label={t('span')}
            value={String(days)}
            onChange={event => setDays(Number(event.currentTarget.value))}
            data={SPANS.map(count => ({ value: String(count), label: t('lastDays', { count }) }))}
          />
        }
      />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Sales span={span} />
        <Refusals span={span} />
        <TopModels span={span} />
        <TopBuyers span={span} />
      </SimpleGrid>
    </Stack>
  );
}

function Requests({ span: { from, to }, beside }: { span: Span; beside: ReactNode }) {
  const t = useTexts('admin');
  const { data, error, refetch } = useUsage(from, to, 'day');
  return (
    <Section title={t('requests')} beside={beside}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <>
          <SimpleGrid cols={{ base: 2, sm: 4 }}>
            <Figure name={t('charged')} value={<Count value={sumOf(data.rows, 'requests')} />} />
            <Figure
              name={t('tokensIn')}
              value={<Count value={sumOf(data.rows, 'prompt_tokens')} />}
            />
            <Figure
              name={t('tokensOut')}
              value={<Count value={sumOf(data.rows, 'completion_tokens')} />}
            />
            <Figure
              name={t('cost')}
              value={<Dollars micros={sumOf(data.rows, 'cost_microusd')} />}
            />
          </SimpleGrid>
          {data.rows.length > 0 && <Bars from={from} to={to} rows={data.rows} />}
        </>
      )}
    </Section>
  );
}

function Figure({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <div className={css.figure}>{value}</div>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
    </div>
  );
}

function Bars({ from, to, rows }: Span & { rows: UsageRow[] }) {
  const { count, day: dayOf } = useFormat();
  const most = Math.max(1, ...rows.map(({ requests }) => requests));
  const days = daysOf(from, to).map(day => ({
    day,
    requests: rows.find(({ key }) => key === day)?.requests ?? 0,
  }));
  return (
    <figure style={{ margin: 0 }}>
      <div className={css.bars} aria-hidden="true">
        {days.map(({ day, requests }) => (
          <div
            key={day}
            className={css.bar}
            style={{ height: `${(100 * requests) / most}%` }}
            title={`${dayOf(day)}: ${count(requests)}`}
          />
        ))}
      </div>
      <VisuallyHidden component="figcaption">
        {rows.map(({ key, requests }) => `${dayOf(key)}: ${count(requests)}`).join('; ')}
      </VisuallyHidden>
    </figure>
  );
}

/** Cost beside what buyers paid, month by month. */
function Sales({ span: { from, to } }: { span: Span }) {
  const t = useTexts('admin');
  const { month } = useFormat();
  const { data, error, refetch } = useSales(from, to);
  return (
    <Section title={t('sales')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : data.rows.length === 0 ? (
        <Text c="dimmed">{t('nothingYet')}</Text>
      ) : (
        <WideTable minWidthPx={420}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('month')}</Table.Th>
              <Table.Th>{t('cost')}</Table.Th>
              <Table.Th>{t('paid')}</Table.Th>
              <Table.Th>{t('refunded')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.rows.map(({ key, cost_microusd, sold }) => (
              <Table.Tr key={key}>
                <Table.Td className={css.whole ?? ''}>
                  <bdi>{month(key)}</bdi>
                </Table.Td>
                <Table.Td>
                  <Dollars micros={cost_microusd} />
                </Table.Td>
                <Table.Td className={css.whole ?? ''}>
                  {sold.map(({ currency, paid }) => (
                    <div key={currency}>
                      <MinorMoney amount={paid} currency={currency} />
                    </div>
                  ))}
                </Table.Td>
                <Table.Td className={css.whole ?? ''}>
                  {sold.map(({ currency, refunded }) => (
                    <div key={currency}>
                      <MinorMoney amount={refunded} currency={currency} />
                    </div>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </WideTable>
      )}
    </Section>
  );
}

function Refusals({ span: { from, to } }: { span: Span }) {
  const t = useTexts('admin');
  const { data, error, refetch } = useRefusals(from, to);
  const rows = new Map<string, number>();
  for (const { provider, code, reason, requests } of data?.rows ?? []) {
    const name = [provider, code, reason === code ? '' : reason].filter(Boolean).join(' · ');
    rows.set(name, (rows.get(name) ?? 0) + requests);
  }
  return (
    <Section title={t('refusals')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <Ranking
          rows={[...rows].map(([key, requests]) => ({ key, requests, shown: <bdi>{key}</bdi> }))}
        />
      )}
    </Section>
  );
}

function TopModels({ span: { from, to } }: { span: Span }) {
  const t = useTexts('admin');
  const { data, error, refetch } = useUsage(from, to, 'model');
  return (
    <Section title={t('topModels')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <Ranking rows={data.rows.map(row => ({ ...row, shown: <bdi>{row.key}</bdi> }))} />
      )}
    </Section>
  );
}

function TopBuyers({ span: { from, to } }: { span: Span }) {
  const t = useTexts('admin');
  const { data, error, refetch } = useUsage(from, to, 'license');
  return (
    <Section title={t('topBuyers')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Loading lines={2} />
      ) : (
        <Ranking rows={data.rows.map(row => ({ ...row, shown: <Buyer license={row.key} /> }))} />
      )}
    </Section>
  );
}

function Buyer({ license }: { license: string }) {
  const { data } = useQuery({
    queryKey: [ADMIN, 'license', license],
    queryFn: () => readLicense(license),
  });
  return (
    <Anchor component={Link} href={`/admin/licenses/${license}`}>
      <bdi>{data?.license.email ?? license}</bdi>
    </Anchor>
  );
}

interface Ranked {
  key: string;
  requests: number;
  shown: ReactNode;
}

/** The ones with the most requests. */
function Ranking({ rows }: { rows: Ranked[] }) {
  const t = useTexts('admin');
  if (rows.length === 0) return <Text c="dimmed">{t('nothingYet')}</Text>;
  const top = rows.toSorted((one, other) => other.requests - one.requests).slice(0, TOP);
  return (
    <Table verticalSpacing="xs">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('what')}</Table.Th>
          <Table.Th className={css.whole ?? ''}>{t('requests')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {top.map(({ key, requests, shown }) => (
          <Table.Tr key={key}>
            <Table.Td className={css.foundEmail ?? ''} fw={400}>
              {shown}
            </Table.Td>
            <Table.Td>
              <Count value={requests} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

type Summed = 'requests' | 'prompt_tokens' | 'completion_tokens' | 'cost_microusd';

function sumOf(rows: UsageRow[], field: Summed): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}

/** All days of the range, also those without requests. */
function daysOf(from: string, to: string): string[] {
  const days: string[] = [];
  const DAY_MS = 86_400_000;
  for (let at = Date.parse(from); at <= Date.parse(to); at += DAY_MS) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}
