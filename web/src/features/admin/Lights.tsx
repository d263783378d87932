// Whether each part of the service is well, and where to go when it is not.

import { Anchor, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { answerOf, api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { daysBack } from '../../ui/days.js';
import { useFormat } from '../../ui/format.js';
import { messageOf } from '../../ui/messageOf.js';
import css from './admin.module.css';
import { ADMIN, ask } from './ask.js';
import { useRefusals } from './reports.js';
import { Section } from './Section.js';

const AGAIN_MS = 60_000;
/** At most this many rows are read to count them. The list itself has the rest. */
const SOME = 50;

export function Lights() {
  const t = useTexts('admin');
  return (
    <Section title={t('health')}>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="lg">
        <Ready />
        <Upstreams />
        <Jobs />
        <Inbox />
        <Deliveries />
        <Light
          name={t('lightLedger')}
          state="unknown"
          says={t('ledgerText')}
          to="/admin/operations"
          todo={t('ledgerTodo')}
        />
      </SimpleGrid>
    </Section>
  );
}

interface LightProps {
  name: string;
  state: 'good' | 'warning' | 'bad' | 'unknown';
  says: ReactNode;
  /** Where to go and what to do. Only shown if the light is not green. */
  to?: string;
  todo?: string;
}

function Light({ name, state, says, to, todo }: LightProps) {
  return (
    <div className={css.light} data-light={state}>
      <span className={css.dot} data-state={state} aria-hidden="true" />
      <div>
        <Text fw={600}>{name}</Text>
        <Text size="sm" c="dimmed">
          {says}
        </Text>
        {state !== 'good' && todo && (
          <Text size="sm">
            {to ? (
              <Anchor component={Link} href={to}>
                {todo}
              </Anchor>
            ) : (
              todo
            )}
          </Text>
        )}
      </div>
    </div>
  );
}

/** The text of a light before there is an answer, or if there is none. */
function useWaiting(): (error: unknown) => string {
  const t = useTexts('admin');
  return error => (error ? messageOf(error, t('noAnswer')) : t('asking'));
}

function Ready() {
  const t = useTexts('admin');
  const waiting = useWaiting();
  const { data, error } = useQuery({
    queryKey: [ADMIN, 'ready'],
    queryFn: () => answerOf(api.GET('/readyz')),
    refetchInterval: AGAIN_MS,
    retry: false,
  });
  const name = t('lightReady');
  if (!data) {
    const state = error ? 'bad' : 'unknown';
    return <Light name={name} state={state} says={waiting(error)} todo={t('readyTodo')} />;
  }
  const warnings = data.warnings ?? [];
  if (warnings.length === 0) return <Light name={name} state="good" says={t('readyText')} />;
  const names = [...new Set(warnings.map(({ about }) => about))].join(', ');
  return (
    <Light
      name={name}
      state="warning"
      says={t('readyDoubtful', { names })}
      todo={t('readyDoubtfulTodo')}
    />
  );
}

/** Judges upstreams by the requests that were refused today because of them. */
function Upstreams() {
  const t = useTexts('admin');
  const waiting = useWaiting();
  const { shortTime } = useFormat();
  const { from, to } = daysBack(1);
  const { data, error } = useRefusals(from, to);
  const failures = useQuery({
    queryKey: [ADMIN, 'upstreams'],
    queryFn: () => ask(() => api.GET('/admin/api/upstreams')),
    refetchInterval: AGAIN_MS,
  });
  const name = t('lightUpstreams');
  if (!data) return <Light name={name} state="unknown" says={waiting(error)} />;
  const failed = data.rows.filter(({ code }) => code.startsWith('upstream'));
  const count = failed.reduce((sum, { requests }) => sum + requests, 0);
  const names = [...new Set(failed.map(({ provider, code }) => `${provider} ${code}`))].join(', ');
  const [last] = (failures.data?.upstreams ?? [])
    .flatMap(({ last_failure }) => last_failure ?? [])
    .sort((one, other) => other.at.localeCompare(one.at));
  return count === 0 ? (
    <Light name={name} state="good" says={t('upstreamsText')} />
  ) : (
    <Light
      name={name}
      state="warning"
      says={
        <>
          {t('upstreamsFailed', { count, names })}
          {last && (
            <>
              <br />
              {t('upstreamsLast', { at: shortTime(last.at) })}{' '}
              <bdi>
                {last.model}: {last.words ?? last.reason}
              </bdi>
            </>
          )}
        </>
      }
      todo={t('upstreamsTodo')}
    />
  );
}

function Jobs() {
  const t = useTexts('admin');
  const waiting = useWaiting();
  const { data, error } = useQuery({
    queryKey: [ADMIN, 'jobs'],
    queryFn: () => ask(() => api.GET('/admin/api/jobs')),
    refetchInterval: AGAIN_MS,
  });
  const name = t('lightJobs');
  if (!data) return <Light name={name} state="unknown" says={waiting(error)} />;
  const failed = data.jobs.filter(
    ({ last_run }) => last_run?.outcome === 'failed' || last_run?.outcome === 'abandoned',
  );
  return failed.length === 0 ? (
    <Light name={name} state="good" says={t('jobsText')} />
  ) : (
    <Light
      name={name}
      state="bad"
      says={t('jobsFailed', { names: failed.map(job => job.name).join(', ') })}
      to="/admin/operations"
      todo={t('jobsTodo')}
    />
  );
}

function Inbox() {
  const t = useTexts('admin');
  const waiting = useWaiting();
  const { data, error } = useQuery({
    queryKey: [ADMIN, 'purchases', 'failed'],
    queryFn: () => {
      const params = { query: { outcome: 'failed' as const, limit: SOME } };
      return ask(() => api.GET('/admin/api/purchases', { params }));
    },
    refetchInterval: AGAIN_MS,
  });
  const name = t('lightPurchases');
  if (!data) return <Light name={name} state="unknown" says={waiting(error)} />;
  const count = data.purchases.length;
  return count === 0 ? (
    <Light name={name} state="good" says={t('purchasesGood')} />
  ) : (
    <Light
      name={name}
      state="bad"
      says={t('purchasesFailed', { count })}
      to="/admin/purchases?outcome=failed"
      todo={t('purchasesTodo')}
    />
  );
}

function Deliveries() {
  const t = useTexts('admin');
  const waiting = useWaiting();
  const { data, error } = useQuery({
    queryKey: [ADMIN, 'notices', 'failed'],
    queryFn: () => {
      const params = { query: { state: 'failed' as const, limit: SOME } };
      return ask(() => api.GET('/admin/api/notices', { params }));
    },
    refetchInterval: AGAIN_MS,
  });
  const name = t('lightNotices');
  if (!data) return <Light name={name} state="unknown" says={waiting(error)} />;
  const count = data.notices.length;
  return count === 0 ? (
    <Light name={name} state="good" says={t('noticesGood')} />
  ) : (
    <Light
      name={name}
      state="warning"
      says={t('noticesFailed', { count })}
      to="/admin/operations"
      todo={t('noticesTodo')}
    />
  );
}
