// The parts between the texts of the guide: samples, tables of the catalogue, the list of errors.

import { Skeleton, Stack, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ComponentType } from 'react';
import { answerOf, api } from '../../api/client.js';
import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { CodeBlock } from '../../ui/CopyField.js';
import { Count, useFormat } from '../../ui/format.js';
import { Failed } from '../../ui/states.js';
import { CodeSample } from './CodeSample.js';
import css from './docs.module.css';
import { useErrorCodes } from './errorList.js';
import type { Part } from './guide.js';
import { useSampleKey } from './ownKey.js';
import { useAnchor, usePlace } from './place.js';
import { WideTable } from './WideTable.js';

const LIGHT_MODEL = 'deepseek/deepseek-chat';
const SEEING_MODEL = 'meta-llama/llama-3.2-11b-vision-instruct';
const RESETS_AT = '2026-12-01T00:00:00.000Z';

export const PARTS: Record<Part, ComponentType> = {
  firstRequest: ShortSample,
  firstAnswer: Answer,
  plans: Plans,
  addons: Addons,
  answer: Answer,
  streamed: Streamed,
  vision: VisionSamples,
  errors: Errors,
  errorForms: ErrorForms,
  samplesShort: ShortSample,
  samplesOpenAi: OpenAiSample,
  samplesStream: StreamSample,
  idempotent: IdempotentSample,
};

function ShortSample() {
  const t = useTexts('docs');
  const sample = { form: 'chat_v3', model: LIGHT_MODEL, prompt: t('samplePrompt') } as const;
  return <CodeSample sample={sample} label={t('sampleRequest')} />;
}

function OpenAiSample() {
  const t = useTexts('docs');
  const sample = { form: 'openai', model: LIGHT_MODEL, prompt: t('samplePrompt') } as const;
  return <CodeSample sample={sample} label={t('sampleOpenAi')} />;
}

function StreamSample() {
  const t = useTexts('docs');
  const prompt = t('samplePrompt');
  const sample = { form: 'openai', model: LIGHT_MODEL, prompt, stream: true } as const;
  return <CodeSample sample={sample} label={t('sampleOpenAi')} />;
}

function VisionSamples() {
  const t = useTexts('docs');
  const sample = { model: SEEING_MODEL, prompt: t('sampleVision'), withImage: true };
  return (
    <Stack gap="xl">
      <CodeSample sample={{ ...sample, form: 'chat_v3' }} label={t('sampleShort')} />
      <CodeSample sample={{ ...sample, form: 'openai' }} label={t('sampleOpenAi')} />
    </Stack>
  );
}

function IdempotentSample() {
  const t = useTexts('docs');
  const key = useSampleKey();
  const code = `curl ${location.origin}/api/chat_v3 \\
  -H "Idempotency-Key: order-1042" \\
  -H "X-API-Key: ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${LIGHT_MODEL}", "prompt": "${t('samplePrompt')}"}'`;
  return <CodeBlock code={code} label={t('sampleRequest')} />;
}

function Answer() {
  const t = useTexts('docs');
  const balance = { used: 10, limit: 750, remaining: 740 };
  const answer = {
    error: false,
    reply: t('sampleReply'),
    model: LIGHT_MODEL,
    source: 'openrouter',
    plan: 'vip',
    usage: { plan: 'vip', period: '2026-11', used: 12, limit: 830, remaining: 818 },
    usage_breakdown: { openrouter: balance, openai: { used: 2, limit: 80, remaining: 78 } },
  };
  return <CodeBlock code={json(answer)} label={t('sampleAnswer')} />;
}

function Streamed() {
  const t = useTexts('docs');
  const [first = '', ...others] = t('sampleReply').split(' ');
  const second = ` ${others.slice(0, 2).join(' ')}`;
  const events = [
    JSON.stringify({ delta: first }),
    JSON.stringify({ delta: second }),
    `${JSON.stringify({ error: false, reply: `${first}${second}` }).slice(0, -1)}, …}`,
    '[DONE]',
  ];
  const code = events.map(event => `data: ${event}`).join('\n\n');
  return <CodeBlock code={code} label={t('sampleAnswer')} />;
}

function ErrorForms() {
  const t = useTexts('docs');
  const message = t('sampleError');
  const code = 'quota_exhausted';
  return (
    <Stack gap="md">
      <CodeBlock
        code={json({ error: true, message, code, plan: 'pro', resets_at: RESETS_AT })}
        label={t('sampleShort')}
      />
      <CodeBlock
        code={json({ error: { message, type: 'insufficient_quota', param: null, code } })}
        label={t('sampleOpenAi')}
      />
    </Stack>
  );
}

function Errors() {
  const { anchor } = usePlace();
  useAnchor(anchor, true);
  return (
    <dl className={css.errors}>
      {useErrorCodes().map(({ code, status, todo }) => (
        <div key={code} id={code} className={css.error} data-target={code === anchor || undefined}>
          <dt>
            <span className={css.status}>{status}</span> <code>{code}</code>
          </dt>
          <dd>{todo}</dd>
        </div>
      ))}
    </dl>
  );
}

function usePlans() {
  const { code } = useLanguage();
  return useQuery({
    queryKey: ['plans', code],
    queryFn: () => answerOf(api.GET('/api/plans')),
  });
}

function Plans() {
  const t = useTexts('docs');
  const { dollars } = useFormat();
  const { data, error, refetch } = usePlans();
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={180} radius="lg" />;
  // A plan that sells money has no requests of a provider.
  const providers = data.plans.find(({ allowances }) => allowances.length > 0)?.allowances ?? [];
  return (
    <WideTable label={t('plan')} minWidthPx={420}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('plan')}</Table.Th>
          <Table.Th>{t('modelsOpen')}</Table.Th>
          {providers.map(({ provider, name }) => (
            <Table.Th key={provider}>{t('aMonth', { provider: name })}</Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {data.plans.map(({ code, name, models, allowances, microusd }) => (
          <Table.Tr key={code}>
            <Table.Th scope="row">
              {name}{' '}
              {name.toLowerCase() !== code && <bdi className={css.quiet}>{code.toUpperCase()}</bdi>}
            </Table.Th>
            <Table.Td>
              <Count value={models} />
            </Table.Td>
            {microusd !== undefined && (
              <Table.Td colSpan={providers.length}>
                {t('moneyAMonth', { amount: dollars(microusd) })}
              </Table.Td>
            )}
            {allowances.map(({ provider, requests }) => (
              <Table.Td key={provider}>
                {requests > 0 ? <Count value={requests} /> : t('none')}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

const LASTS = {
  'until-used': 'lastsUntilUsed',
  month: 'lastsMonth',
  subscription: 'lastsSubscription',
} as const;

function Addons() {
  const t = useTexts('docs');
  const { dollars } = useFormat();
  const { data } = usePlans();
  // The plans above already show the error.
  if (!data) return null;
  const names = new Map(
    data.plans.flatMap(({ allowances }) => allowances.map(each => [each.provider, each.name])),
  );
  const addons = [
    ...data.addons.map(({ provider, requests, ...addon }) => ({
      ...addon,
      gives: t('addonUnits', { count: requests, provider: names.get(provider) ?? provider }),
    })),
    ...data.wallet_addons.map(({ microusd, ...addon }) => ({
      ...addon,
      gives: t('addonMoney', { amount: dollars(microusd) }),
    })),
  ];
  return (
    <WideTable label={t('addonGives')} minWidthPx={460}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('addonGives')}</Table.Th>
          <Table.Th>{t('lasts')}</Table.Th>
          <Table.Th>{t('fromPlan')}</Table.Th>
          <Table.Th>{t('product')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {addons.map(({ id, gives, lasts, minimum_plan }) => (
          <Table.Tr key={id}>
            <Table.Th scope="row">{gives}</Table.Th>
            <Table.Td>{t(LASTS[lasts])}</Table.Td>
            <Table.Td>
              {data.plans.find(({ code }) => code === minimum_plan)?.name ?? minimum_plan}
            </Table.Td>
            <Table.Td>
              <bdi>{id}</bdi>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </WideTable>
  );
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
