// One model: its price, its input and output, how to call it, and related models.

import { Alert, Button, Group, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { pageData } from '../../api/pageData.js';
import { Refusal } from '../../api/refusal.js';
import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { Instant } from '../../ui/format.js';
import { Failed, Loading, NotFound } from '../../ui/states.js';
import { CodeSample } from './CodeSample.js';
import css from './docs.module.css';
import { Modalities, ModelPrice } from './ModelFacts.js';
import { ModelTile } from './Models.js';
import { type ModelCard, useModel, useModels } from './modelCard.js';
import { Prose } from './Prose.js';
import { parametersOf, useParameters } from './parameters.js';
import { WideTable } from './WideTable.js';

const MOST_RELATED = 4;

export function Model({ id }: { id: string }) {
  const t = useTexts('docs');
  const { data: model, error, refetch } = useModel(id);
  if (error instanceof Refusal && error.status === 404) {
    return (
      <NotFound>
        <Button component={Link} href="/docs/models">
          {t('allModels')}
        </Button>
      </NotFound>
    );
  }
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!model) return <Loading lines={8} />;
  return (
    <article className={css.article}>
      <ModelTitle model={model} />
      <Facts model={model} />
      <Stack gap="xl" mt="xl">
        <section aria-labelledby="samples">
          <Title order={2} size="h3" id="samples" mb="md">
            {t('samplesTitle')}
          </Title>
          <Samples model={model} />
        </section>
        {model.kind === 'chat' && <Parameters model={model} />}
        <Limits model={model} />
        <Questions model={model} />
        <Related model={model} />
      </Stack>
    </article>
  );
}

function ModelTitle({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const { code } = useLanguage();
  const { name: service } = pageData(code);
  useEffect(() => {
    document.title = `${model.name} · ${service}`;
  }, [model.name, service]);
  return (
    <>
      <Link href="/docs/models" className={css.quiet ?? ''}>
        {t('allModels')}
      </Link>
      <Title order={1}>
        <bdi>{model.name}</bdi>
      </Title>
      <code className={css.quiet}>{model.id}</code>
      <Text size="lg" c="dimmed" className={css.lead ?? ''}>
        {model.description}
      </Text>
      <Group mt="md">
        <Button
          component={Link}
          href={`/playground?model=${encodeURIComponent(model.id)}`}
          variant="light"
        >
          {t('try')}
        </Button>
      </Group>
      {model.endsAt && (
        <Alert color="orange" mt="md">
          {t('endsAt')} <Instant at={model.endsAt} withTime={false} />
        </Alert>
      )}
    </>
  );
}

function Facts({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const tokens = (count: number | null) => (count ? t('tokens', { count }) : t('unknown'));
  const { features } = model;
  const abilities = [
    features.tools && t('featureTools'),
    features.vision && t('featureVision'),
    features.jsonMode && t('featureJson'),
    features.streaming && t('featureStream'),
  ].filter(each => each !== false);
  return (
    <dl className={css.facts}>
      <div>
        <dt>{t('price')}</dt>
        <dd data-testid="price">
          <strong>
            <ModelPrice model={model} />
          </strong>
          <small>{t('perMillion', { count: model.units })}</small>
        </dd>
      </div>
      <div>
        <dt>{t('fromPlan')}</dt>
        <dd>
          <strong>
            <bdi>{model.minimumPlan.toUpperCase()}</bdi>
          </strong>
          {model.isAvailable !== undefined && (
            <small>{t(model.isAvailable ? 'yourPlanOpens' : 'yourPlanLacks')}</small>
          )}
        </dd>
      </div>
      <div>
        <dt>{t('context')}</dt>
        <dd>{tokens(model.contextTokens)}</dd>
      </div>
      <div>
        <dt>{t('longestAnswer')}</dt>
        <dd>{tokens(model.longestAnswerTokens)}</dd>
      </div>
      <div>
        <dt>{t('takes')}</dt>
        <dd className={css.tags}>
          <Modalities names={model.takes} />
        </dd>
      </div>
      <div>
        <dt>{t('gives')}</dt>
        <dd className={css.tags}>
          <Modalities names={model.gives} />
        </dd>
      </div>
      {abilities.length > 0 && (
        <div>
          <dt>{t('can')}</dt>
          <dd className={css.tags}>
            {abilities.map(ability => (
              <span key={ability} className={css.tag}>
                {ability}
              </span>
            ))}
          </dd>
        </div>
      )}
      <div>
        <dt>{t('maker')}</dt>
        <dd>
          <bdi>{model.maker}</bdi>
        </dd>
      </div>
    </dl>
  );
}

function Samples({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  if (model.kind === 'embedding') {
    const sample = { form: 'embeddings', model: model.id, prompt: t('sampleEmbedding') } as const;
    return <CodeSample sample={sample} label={t('sampleRequest')} />;
  }
  if (model.kind !== 'chat') {
    return (
      <p className={css.text}>
        <Prose text={t('samplesElsewhere')} />
      </p>
    );
  }
  const withImage = model.takes.includes('image');
  const sample = {
    model: model.id,
    prompt: t(withImage ? 'sampleVision' : 'samplePrompt'),
    withImage,
  };
  return (
    <Stack gap="xl">
      <div>
        <Title order={3} size="h5" mb="xs">
          {t('sampleOpenAi')}
        </Title>
        <CodeSample sample={{ ...sample, form: 'openai' }} label={t('sampleOpenAi')} />
      </div>
      <div>
        <Title order={3} size="h5" mb="xs">
          {t('sampleShort')}
        </Title>
        <CodeSample sample={{ ...sample, form: 'chat_v3' }} label={t('sampleShort')} />
      </div>
    </Stack>
  );
}

function Parameters({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const meanings = useParameters();
  return (
    <section aria-labelledby="parameters" className={css.block}>
      <Title order={2} size="h3" id="parameters">
        {t('parameters')}
      </Title>
      <p className={css.text}>{t('parametersText')}</p>
      <WideTable label={t('parameters')} minWidthPx={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('parameter')}</Table.Th>
            <Table.Th>{t('type')}</Table.Th>
            <Table.Th>{t('byDefault')}</Table.Th>
            <Table.Th>{t('meaning')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {parametersOf(model).map(({ name, type, byDefault }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">
                <code>{name}</code>
              </Table.Th>
              <Table.Td>
                <code className={css.code}>{type}</code>
              </Table.Td>
              <Table.Td>
                {byDefault === null ? (
                  t('modelsOwn')
                ) : (
                  <code className={css.code}>{byDefault}</code>
                )}
              </Table.Td>
              <Table.Td>{meanings(name)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </WideTable>
    </section>
  );
}

function Limits({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const { takes, contextTokens, longestAnswerTokens, features, kind } = model;
  const limits = [
    contextTokens !== null && kind === 'chat' && t('limitContext', { count: contextTokens }),
    longestAnswerTokens !== null &&
      kind === 'chat' &&
      t('limitOutput', { count: longestAnswerTokens }),
    !takes.includes('image') && t('limitBlind'),
    !takes.includes('audio') && t('limitDeaf'),
    kind === 'chat' && !features.tools && t('limitTools'),
    t('limitBody'),
  ].filter(limit => limit !== false);
  return (
    <section aria-labelledby="limits" className={css.block}>
      <Title order={2} size="h3" id="limits">
        {t('limits')}
      </Title>
      <ul className={css.list}>
        {limits.map(limit => (
          <li key={limit}>{limit}</li>
        ))}
      </ul>
    </section>
  );
}

function Questions({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const questions = [
    [t('askCost', { model: model.name }), t('askCostAnswer', { count: model.units })],
    [t('askPlan'), t('askPlanAnswer', { plan: model.minimumPlan.toUpperCase() })],
    [t('askSee'), t(model.takes.includes('image') ? 'askSeeYes' : 'askSeeNo')],
  ] as const;
  return (
    <section aria-labelledby="questions" className={css.block}>
      <Title order={2} size="h3" id="questions">
        {t('questions')}
      </Title>
      {questions.map(([question, answer]) => (
        <div key={question} className={css.question}>
          <Title order={3} size="h5">
            {question}
          </Title>
          <p className={css.text}>{answer}</p>
        </div>
      ))}
    </section>
  );
}

function Related({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  const { data } = useModels();
  const related = relatedTo(model, data ?? []);
  if (related.length === 0) return null;
  return (
    <section aria-labelledby="related">
      <Title order={2} size="h3" id="related" mb="md">
        {t('related')}
      </Title>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {related.map(each => (
          <ModelTile key={each.id} model={each} />
        ))}
      </SimpleGrid>
    </section>
  );
}

/** Related models: first of the same maker, then with the same abilities. */
function relatedTo(model: ModelCard, all: ModelCard[]): ModelCard[] {
  const closeness = (other: ModelCard) =>
    Number(other.maker === model.maker) * 4 +
    Number(other.minimumPlan === model.minimumPlan) * 2 +
    Number(String(other.takes) === String(model.takes));
  return all
    .filter(other => other.id !== model.id && other.kind === model.kind)
    .sort((a, b) => closeness(b) - closeness(a))
    .slice(0, MOST_RELATED);
}
