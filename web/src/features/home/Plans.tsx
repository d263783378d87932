// The plans of the catalogue side by side.

import { SimpleGrid, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.js';
import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { useFormat } from '../../ui/format.js';
import { CheckIcon, CloseIcon } from '../../ui/icons.js';
import { Failed } from '../../ui/states.js';
import css from './home.module.css';

function readPlans() {
  return answerOf(api.GET('/api/plans'));
}

type Plan = Awaited<ReturnType<typeof readPlans>>['plans'][number];

export function Plans() {
  const { code } = useLanguage();
  const { data, error, refetch } = useQuery({ queryKey: ['plans', code], queryFn: readPlans });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  return (
    // Four plans stand in pairs or in one row, so that none stands alone.
    <SimpleGrid
      cols={data?.plans.length === 4 ? { base: 1, sm: 2, md: 4 } : { base: 1, sm: 3 }}
      spacing="lg"
    >
      {data?.plans.map(plan => <PlanCard key={plan.code} plan={plan} />) ?? <Skeletons />}
    </SimpleGrid>
  );
}

function Skeletons() {
  return ['a', 'b', 'c'].map(each => <Skeleton key={each} height={260} radius="lg" />);
}

function PlanCard({ plan }: { plan: Plan }) {
  const t = useTexts('home');
  const { dollars } = useFormat();
  return (
    <article className={css.card} data-plan={plan.code}>
      <Title order={3}>{plan.name}</Title>
      {plan.name.toLowerCase() !== plan.code && (
        <Text size="sm" c="dimmed">
          <bdi>{plan.code.toUpperCase()}</bdi>
        </Text>
      )}
      <ul className={css.features}>
        <Feature>{t('models', { count: plan.models })}</Feature>
        {plan.microusd !== undefined && (
          <Feature>{t('moneyAMonth', { amount: dollars(plan.microusd) })}</Feature>
        )}
        {plan.allowances.map(({ provider, name, requests }) =>
          requests > 0 ? (
            <Feature key={provider}>{t('requests', { count: requests, provider: name })}</Feature>
          ) : (
            <Feature key={provider} isMissing>
              {t('noRequests', { provider: name })}
            </Feature>
          ),
        )}
      </ul>
    </article>
  );
}

function Feature({ children, isMissing = false }: { children: string; isMissing?: boolean }) {
  return (
    <li data-missing={isMissing || undefined}>
      {isMissing ? <CloseIcon size={16} /> : <CheckIcon size={16} />}
      <span>{children}</span>
    </li>
  );
}
