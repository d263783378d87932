// What is left of the month for each provider, and from which parts.

import { Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useTexts } from '../../../messages/useTexts.js';
import { Amount, Instant, useFormat } from '../../../ui/format.js';
import { PROVIDERS, type Provider, providerName } from '../../../ui/providers.js';
import css from '../admin.module.css';
import type { LicensePage } from '../ask.js';
import { Facts } from '../Facts.js';
import { Section } from '../Section.js';

export function Balance({ view }: { view: LicensePage }) {
  const t = useTexts('adminLicense');
  const { month } = useFormat();
  const { limits, usage, usage_breakdown } = view;
  return (
    <Section title={t('balance')}>
      {usage.unit === 'microusd' ? (
        <Quota
          name={t('wallet')}
          counters={walletOf(view)}
          unit={usage.unit}
          hasOwnLimit={limits.all != null}
        />
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
          {PROVIDERS.map(provider => (
            <Quota
              key={provider}
              name={providerName(provider)}
              counters={usage_breakdown[provider]}
              unit={usage.unit}
              hasOwnLimit={limits[provider] != null}
            />
          ))}
        </SimpleGrid>
      )}
      <Text size="sm" c="dimmed">
        {t('month', { period: month(view.period) })} <Instant at={view.resets_at} />
      </Text>
    </Section>
  );
}

type Counters = LicensePage['usage_breakdown'][Provider];

/** A plan that sells money has one balance. Each provider's counters tell it, and what was used and is held there. */
function walletOf({ usage_breakdown }: LicensePage): Counters {
  const each = PROVIDERS.map(provider => usage_breakdown[provider]);
  const sum = (count: 'used' | 'held') => each.reduce((total, one) => total + one[count], 0);
  return { ...usage_breakdown[PROVIDERS[0]], used: sum('used'), held: sum('held') };
}

interface QuotaProps {
  name: string;
  counters: Counters;
  unit: string | undefined;
  hasOwnLimit: boolean;
}

function Quota({ name, counters, unit, hasOwnLimit }: QuotaProps) {
  const t = useTexts('adminLicense');
  const { dollars } = useFormat();
  const { used, limit, remaining, held, plan_limit, addon_limit } = counters;
  const amount = (value: number) => (unit === 'microusd' ? dollars(value) : value);
  return (
    <Stack gap="sm">
      <Title order={3} size="h5">
        <bdi>{name}</bdi>
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
            t(hasOwnLimit ? 'ownLimit' : 'fromPlan'),
            <Amount key="plan" value={plan_limit} unit={unit} />,
          ],
          [t('fromAddons'), <Amount key="addons" value={addon_limit} unit={unit} />],
        ]}
      />
    </Stack>
  );
}
