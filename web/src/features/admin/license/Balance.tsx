// What is left of the month for each provider, and from which parts.

import { Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';
import { Amount, Instant, useFormat } from '../../../ui/format.js';
import css from '../admin.module.css';
import { type LicensePage, PROVIDERS, type Provider } from '../ask.js';
import { Facts } from '../Facts.js';
import { Section } from '../Section.js';

export function Balance({ view }: { view: LicensePage }) {
  const t = useTexts('adminLicense');
  return (
    <Section title={t('balance')}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {PROVIDERS.map(provider => (
          <Quota key={provider} provider={provider} view={view} />
        ))}
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        {t('month', { period: view.period })} <Instant at={view.resets_at} />
      </Text>
    </Section>
  );
}

function Quota({ provider, view }: { provider: Provider; view: LicensePage }) {
  const t = useTexts('adminLicense');
  const { dollars } = useFormat();
  const { used, limit, remaining, held, plan_limit, addon_limit } = view.usage_breakdown[provider];
  const { unit } = view.usage;
  const own = unit === 'microusd' ? view.limits.all : view.limits[provider];
  const amount = (value: number) => (unit === 'microusd' ? dollars(value) : value);
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        <bdi>{provider}</bdi>
      </Title>
      <div>
        <span className={css.figure}>
          <Amount value={remaining} unit={unit} />
        </span>{' '}
        {t('leftOf', { limit: amount(limit) })}
      </div>
      <Progress
        value={limit === 0 ? 0 : (100 * used) / limit}
        aria-label={t('usedOf', { used: amount(used), limit: amount(limit) })}
        {...(remaining === 0 && { color: 'red' })}
      />
      <Facts
        facts={[
          [t('used'), <Amount key="used" value={used} unit={unit} />],
          [t('held'), <Amount key="held" value={held} unit={unit} />],
          [
            t(own == null ? 'fromPlan' : 'ownLimit'),
            <Amount key="plan" value={plan_limit} unit={unit} />,
          ],
          [t('fromAddons'), <Amount key="addons" value={addon_limit} unit={unit} />],
        ]}
      />
    </Stack>
  );
}
