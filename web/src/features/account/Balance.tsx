// What is left of each provider's quota: of the month and of each add-on, and when each ends.

import { Badge, Group, Progress, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { Amount, Instant, useFormat } from '../../ui/format.js';
import { PROVIDERS, type Provider, providerName } from '../../ui/providers.js';
import { WideTable } from '../../ui/WideTable.js';
import css from './account.module.css';
import { useForecast } from './forecast.js';
import type { Grant, License } from './holder.js';

export function Balance({ license }: { license: License }) {
  const t = useTexts('account');
  const { month } = useFormat();
  return (
    <section aria-labelledby="balance">
      <Group justify="space-between" mb="md">
        <Title order={2} id="balance">
          {t('planIs')}{' '}
          <Badge size="xl" radius="sm" variant="light" data-testid="plan" component="span">
            <bdi>{license.plan.toUpperCase()}</bdi>
          </Badge>
        </Title>
        <Text c="dimmed">
          {license.plan_until ? (
            <>
              {t('planUntil')} <Instant at={license.plan_until} />
            </>
          ) : license.expires_at ? (
            <>
              {t('planEnds')} <Instant at={license.expires_at} />
            </>
          ) : (
            t('planHasNoEnd')
          )}
        </Text>
      </Group>
      {license.usage.unit === 'microusd' ? (
        <Wallet license={license} />
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          {PROVIDERS.map(provider => (
            <Meter key={provider} provider={provider} license={license} />
          ))}
        </SimpleGrid>
      )}
      <Text size="sm" c="dimmed" mt="sm">
        {t('monthIs', { period: month(license.period) })} <Instant at={license.resets_at} />
      </Text>
      <Grants grants={license.grants} />
    </section>
  );
}

/** A plan that sells money has one balance for all providers. */
function Wallet({ license }: { license: License }) {
  const t = useTexts('account');
  const { dollars } = useFormat();
  const { used, limit, remaining } = license.usage;
  return (
    <div className={css.card ?? ''} data-testid="meter-wallet" data-used={used} data-limit={limit}>
      <Text fw={600}>{t('wallet')}</Text>
      <Stack gap="xs" mt="xs">
        <div className={css.figure}>
          <Amount value={remaining} unit="microusd" />
        </div>
        <Text c="dimmed">{t('moneyLeftOf', { limit: dollars(limit) })}</Text>
        <Progress
          value={limit === 0 ? 100 : Math.min(100, (100 * used) / limit)}
          size="lg"
          aria-label={t('usedOf', { used: dollars(used), limit: dollars(limit) })}
          color={remaining === 0 ? 'red' : 'accent'}
        />
        {remaining === 0 && <Text size="sm">{t('usedUp')}</Text>}
      </Stack>
    </div>
  );
}

function Meter({ provider, license }: { provider: Provider; license: License }) {
  const t = useTexts('account');
  const { used, limit, remaining } = license.usage_breakdown[provider];
  const runsOutAt = useForecast(provider, license);
  return (
    <div
      className={css.card ?? ''}
      data-testid={`meter-${provider}`}
      data-used={used}
      data-limit={limit}
    >
      <Text fw={600}>
        <bdi>{providerName(provider)}</bdi>
      </Text>
      {limit === 0 ? (
        <Text c="dimmed" mt="sm">
          {t('notInPlan')}
        </Text>
      ) : (
        <Stack gap="xs" mt="xs">
          <div className={css.figure}>
            <Amount value={remaining} />
          </div>
          <Text c="dimmed">{t('leftOf', { limit })}</Text>
          <Progress
            value={Math.min(100, (100 * used) / limit)}
            size="lg"
            aria-label={t('usedOf', { used, limit })}
            color={remaining === 0 ? 'red' : 'accent'}
          />
          <Text size="sm" c="dimmed">
            {license.status !== 'active' ? null : remaining === 0 ? (
              t('usedUp')
            ) : runsOutAt ? (
              <>
                {t('runsOut')} <Instant at={runsOutAt} withTime={false} />
              </>
            ) : (
              t('lastsTheMonth')
            )}
          </Text>
        </Stack>
      )}
    </div>
  );
}

const LASTS = {
  'until-used': 'lastsUntilUsed',
  month: 'lastsMonth',
  subscription: 'lastsSubscription',
} as const;

const STATUSES = {
  active: 'grantActive',
  waiting: 'grantWaiting',
  used: 'grantUsed',
  revoked: 'grantRevoked',
  expired: 'grantExpired',
} as const;

function Grants({ grants }: { grants: Grant[] }) {
  const t = useTexts('account');
  if (grants.length === 0) return null;
  return (
    <Stack gap="xs" mt="lg">
      <Title order={3} size="h4">
        {t('addons')}
      </Title>
      <WideTable minWidthPx={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('addon')}</Table.Th>
            <Table.Th>{t('left')}</Table.Th>
            <Table.Th>{t('lasts')}</Table.Th>
            <Table.Th>{t('state')}</Table.Th>
            <Table.Th>{t('since')}</Table.Th>
            <Table.Th>{t('until')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {grants.map(
            ({ id, provider, unit, units, remaining, lasts, status, created_at, expires_at }) => (
              <Table.Tr key={id}>
                <Table.Td>
                  {provider === 'all' ? t('wallet') : <bdi>{providerName(provider)}</bdi>} +
                  <Amount value={units} unit={unit} />
                </Table.Td>
                <Table.Td>
                  <Amount value={remaining} unit={unit} />
                </Table.Td>
                <Table.Td>{t(LASTS[lasts])}</Table.Td>
                <Table.Td>{t(STATUSES[status])}</Table.Td>
                <Table.Td>
                  <Instant at={created_at} withTime={false} />
                </Table.Td>
                <Table.Td>{expires_at ? <Instant at={expires_at} /> : '–'}</Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </WideTable>
    </Stack>
  );
}
