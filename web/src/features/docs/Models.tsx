// All models, with a search by name and by ability.

import { SimpleGrid, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useTexts } from '../../messages/useTexts.js';
import { Failed, Loading } from '../../ui/states.js';
import css from './docs.module.css';
import { Modalities, ModelPrice } from './ModelFacts.js';
import { type ModelCard, useModels } from './modelCard.js';
import { searchText } from './searchText.js';

export function Models() {
  const t = useTexts('docs');
  const { data, error, refetch } = useModels();
  const [query, setQuery] = useState('');
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={8} />;
  const words = searchText(query).split(' ');
  const found = data.filter(model => {
    const all = searchText([model.id, model.name, model.description, ...model.takes].join(' '));
    return words.every(word => all.includes(word));
  });
  return (
    <article className={css.article}>
      <Title order={1}>{t('models')}</Title>
      <Text size="lg" c="dimmed" className={css.lead ?? ''}>
        {t('modelsLead', { count: data.length })}
      </Text>
      <TextInput
        mt="xl"
        type="search"
        aria-label={t('modelsSearch')}
        placeholder={t('modelsSearch')}
        value={query}
        onChange={event => setQuery(event.currentTarget.value)}
        data-testid="models-search"
      />
      {found.length === 0 && <p role="status">{t('modelsNone')}</p>}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md" mt="lg">
        {found.map(model => (
          <ModelTile key={model.id} model={model} />
        ))}
      </SimpleGrid>
    </article>
  );
}

export function ModelTile({ model }: { model: ModelCard }) {
  const t = useTexts('docs');
  return (
    <Link href={`/docs/models/${model.id}`} className={css.tile ?? ''} data-model={model.id}>
      <strong>
        <bdi>{model.name}</bdi>
      </strong>
      <code className={`${css.quiet} ${css.tileId}`}>{model.id}</code>
      <span className={css.tileText}>{model.description}</span>
      <span className={css.quiet}>
        <ModelPrice model={model} />
      </span>
      <span className={css.tags}>
        <Modalities names={model.takes} />
        <span className={css.tag}>
          {t('fromPlan')} <bdi>{model.minimumPlan.toUpperCase()}</bdi>
        </span>
        {model.isAvailable !== undefined && (
          <span className={css.tag}>
            {t(model.isAvailable ? 'yourPlanOpens' : 'yourPlanLacks')}
          </span>
        )}
      </span>
    </Link>
  );
}
