// The usage of each provider's quota. The meters move with every reply.

import { Progress, Skeleton, Text } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { Instant, useFormat } from '../../ui/format.js';
import { PROVIDERS, providerName } from '../../ui/providers.js';
import type { Breakdown, Counters } from './counters.js';
import type { License } from './holder.js';
import css from './playground.module.css';

const LITTLE_LEFT = 0.8;

interface MetersProps {
  license: License | undefined;
  isAsking: boolean;
}

export function Meters({ license, isAsking }: MetersProps) {
  const t = useTexts('playground');
  if (!license && !isAsking) {
    return (
      <Text size="sm" c="dimmed" className={css.metersHint ?? ''}>
        {t('metersHint')}
      </Text>
    );
  }
  const { breakdown = {}, unit = 'request' } = license ?? {};
  return (
    <section className={css.meters} aria-label={t('meters')}>
      {unit === 'microusd' ? (
        <Meter id="wallet" name={t('wallet')} counters={walletOf(breakdown)} unit={unit} />
      ) : (
        PROVIDERS.map(provider => (
          <Meter
            key={provider}
            id={provider}
            name={providerName(provider)}
            counters={breakdown[provider]}
            unit={unit}
          />
        ))
      )}
      {license && (
        <Text size="xs" c="dimmed" className={css.resets ?? ''}>
          <bdi>{license.plan.toUpperCase()}</bdi> · {t('resets')} <Instant at={license.resetsAt} />
        </Text>
      )}
    </section>
  );
}

/** A plan that sells money has one balance. Each provider's counters tell it, and what was used there. */
function walletOf(breakdown: Breakdown): Counters | undefined {
  const all = Object.values(breakdown);
  const [first] = all;
  return first && { ...first, used: all.reduce((sum, { used }) => sum + used, 0) };
}

interface MeterProps {
  id: string;
  name: string;
  counters: Counters | undefined;
  unit: string;
}

function Meter({ id, name, counters, unit }: MeterProps) {
  const t = useTexts('playground');
  const { dollars } = useFormat();
  const amount = (value: number) => (unit === 'microusd' ? dollars(value) : value);
  const known = counters && { 'data-used': counters.used, 'data-limit': counters.limit };
  const share = counters && counters.limit > 0 ? counters.used / counters.limit : 0;
  const color = share >= 1 ? 'red' : share >= LITTLE_LEFT ? 'orange' : 'accent';
  return (
    <div className={css.meter} data-testid={`meter-${id}`} {...known}>
      <div className={css.meterHead}>
        <bdi>{name}</bdi>
        {counters ? (
          <span className={css.meterCount}>
            {counters.limit === 0
              ? t('notInPlan')
              : t('left', { amount: amount(counters.remaining) })}
          </span>
        ) : (
          <Skeleton width={60} height={12} animate={false} />
        )}
      </div>
      <Progress
        value={Math.min(1, share) * 100}
        color={color}
        size="sm"
        radius="xl"
        aria-label={`${name}: ${counters?.used ?? 0} / ${counters?.limit ?? 0}`}
      />
      {counters && counters.limit > 0 && (
        <Text size="xs" c="dimmed">
          {t('usedOf', { used: amount(counters.used), limit: amount(counters.limit) })}
        </Text>
      )}
    </div>
  );
}
