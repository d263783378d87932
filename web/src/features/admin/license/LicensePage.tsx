// One license: its state and what is left, everything that can be done to it, and everything that happened to it.

import { Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams } from 'wouter';
import { useTexts } from '../../../messages/useTexts.js';
import { Instant } from '../../../ui/format.js';
import { Page } from '../../../ui/Page.js';
import { Failed, Loading } from '../../../ui/states.js';
import css from '../admin.module.css';
import { ADMIN, type LicensePage as LicenseView, readLicense, useMay } from '../ask.js';
import { Facts } from '../Facts.js';
import { Section } from '../Section.js';
import { StateBadge } from '../StateBadge.js';
import { Balance } from './Balance.js';
import { BalanceLines } from './BalanceLines.js';
import { Grants } from './Grants.js';
import { KeyActions } from './KeyActions.js';
import { LicenseKeys } from './LicenseKeys.js';
import { LicenseStatements } from './LicenseStatements.js';
import { Refusals } from './Refusals.js';
import { Requests } from './Requests.js';
import { Settings } from './Settings.js';
import { StateActions } from './StateActions.js';
import { Timeline } from './Timeline.js';

export default function LicensePage() {
  const t = useTexts('adminLicense');
  const { id = '' } = useParams();
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'license', id],
    queryFn: () => readLicense(id),
  });
  return (
    <Page title={data ? data.license.email : t('title')} isBare>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {data ? (
        // Also beside an error: what is typed in its fields stays. The key makes them empty for another license.
        <Shown key={id} view={data} />
      ) : (
        !error && <Loading lines={8} />
      )}
    </Page>
  );
}

function Shown({ view }: { view: LicenseView }) {
  const t = useTexts('adminLicense');
  const may = useMay();
  const { license } = view;
  const lent: Array<[string, ReactNode]> = license.plan_until
    ? [[t('planUntil'), <Instant key="until" at={license.plan_until} />]]
    : [];
  return (
    <Stack gap="lg">
      <Group justify="space-between" gap="md">
        <div>
          <Group gap="sm">
            <Title order={1} size="h2" className={css.wrapped ?? ''}>
              <bdi>{license.email}</bdi>
            </Title>
            <StateBadge status={license.status} />
          </Group>
          <Text c="dimmed" size="sm">
            {t('licenseId')} <code>{license.id}</code>
          </Text>
        </div>
        {may('operator') && <StateActions license={license} />}
      </Group>
      <Section title={t('whatItIs')}>
        <Facts
          facts={[
            [t('plan'), <bdi key="plan">{license.plan.toUpperCase()}</bdi>],
            ...lent,
            [
              t('expires'),
              license.expires_at ? <Instant key="at" at={license.expires_at} /> : t('never'),
            ],
            [t('issued'), <Instant key="at" at={license.created_at} />],
            [
              t('keyParts'),
              <code key="key">
                {license.key_prefix}…{license.key_last4}
              </code>,
            ],
            [
              t('rateLimit'),
              view.rate_limit === null
                ? t('noRateLimit')
                : t('perMinute', { count: view.rate_limit }),
            ],
            [
              t('concurrency'),
              view.concurrency === null
                ? t('noRateLimit')
                : t('runAtOnce', { count: view.concurrency }),
            ],
            [t('note'), license.note ? <bdi key="note">{license.note}</bdi> : '–'],
          ]}
        />
      </Section>
      <Balance view={view} />
      <BalanceLines id={license.id} unit={view.usage.unit} />
      <LicenseStatements id={license.id} />
      <Requests id={license.id} />
      <Refusals id={license.id} />
      <Grants view={view} />
      <LicenseKeys view={view} />
      <Timeline id={license.id} />
      {may('operator') && (
        <>
          <KeyActions license={license} />
          <Settings view={view} />
        </>
      )}
    </Stack>
  );
}
