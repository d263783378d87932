// The usage of each provider's quota. The meters move with every reply.

import { Progress, Skeleton, Text } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { Amount, Instant } from '../../ui/format.js';
import type { Counters } from './counters.js';
import type { License } from './holder.js';
import { PROVIDER_NAMES } from './model.js';
import css from './playground.module.css';

const PROVIDERS = ['openrouter', 'openai'];
const LITTLE_LEFT = 0.8;

export function Meters({ license }: { license: License | undefined }) {
  const t = useTexts('playground');
  return (
    <section className={css.meters} aria-label={t('meters')}>
      {PROVIDERS.map(provider => (
        <Meter
          key={provider}
          provider={provider}
          counters={license?.breakdown[provider]}
          unit={license?.unit ?? 'request'}
        />
      ))}
      {license && (
        <Text size="xs" c="dimmed" className={css.resets ?? ''}>
          <bdi>{license.plan.toUpperCase()}</bdi> · {t('resets')} <Instant at={license.resetsAt} />
        </Text>
      )}
    </section>
  );
}

interface MeterProps {
  provider: string;
  counters: Counters | undefined;
  unit: string;
}

function Meter({ provider, counters, unit }: MeterProps) {
  const t = useTexts('playground');
  const name = PROVIDER_NAMES[provider] ?? provider;
  const known = counters && { 'data-used': counters.used, 'data-limit': counters.limit };
  const share = counters && counters.limit > 0 ? counters.used / counters.limit : 0;
  const color = share >= 1 ? 'red' : share >= LITTLE_LEFT ? 'orange' : 'accent';
  return (
    <div className={css.meter} data-testid={`meter-${provider}`} {...known}>
      <div className={css.meterHead}>
        <bdi>{name}</bdi>
        {counters ? (
          <span className={css.meterCount}>
            {counters.limit === 0 ? (
              t('notInPlan')
            ) : (
              <>
                <Amount value={counters.remaining} unit={unit} /> {t('left')}
              </>
            )}
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
          <Amount value={counters.used} unit={unit} /> {t('usedOf')}{' '}
          <Amount value={counters.limit} unit={unit} />
        </Text>
      )}
    </div>
  );
}
