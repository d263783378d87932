// The same request as code.

import { Group, SegmentedControl, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { CodeBlock } from '../../ui/CopyField.js';
import type { Conversation } from './conversation.js';
import css from './playground.module.css';
import { bodyOf, type Settings } from './request.js';
import { DIALECTS, type Dialect, LANGUAGES, type SampleLanguage, sampleOf } from './samples.js';
import type { Draft } from './useProblem.js';

interface SamplesProps {
  conversation: Conversation;
  draft: Draft;
  settings: Settings;
}

/** The message that is being written; if there is none, the last one that was sent. */
export function Samples({ conversation, draft, settings }: SamplesProps) {
  const t = useTexts('playground');
  const [language, setLanguage] = useState<SampleLanguage>('curl');
  const [dialect, setDialect] = useState<Dialect>('OpenAI');
  const { system, turns } = conversation;
  const { text, attachments, models } = draft;
  const isWriting = text !== '' || attachments.length > 0 || turns.length === 0;
  const asked = useAsked(turns);
  const model = models[0] ?? '';
  const prompt = text || t('samplePrompt');
  const code = useMemo(() => {
    const written = { id: '', text: prompt, attachments, replies: [] };
    const shown = isWriting ? [...asked, written] : asked;
    return sampleOf(bodyOf({ system, turns: shown }, 0, model, settings), language, dialect);
  }, [asked, isWriting, prompt, attachments, system, model, settings, language, dialect]);
  return (
    <section className={css.samples} data-testid="samples">
      <Title order={2} size="h4">
        {t('samplesTitle')}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t('samplesHint')}
      </Text>
      <Group gap="sm" mb="sm">
        <SegmentedControl
          size="xs"
          dir="ltr"
          aria-label={t('language')}
          value={language}
          onChange={value => setLanguage(value as SampleLanguage)}
          data={[...LANGUAGES]}
        />
        <SegmentedControl
          size="xs"
          dir="ltr"
          aria-label={t('dialect')}
          value={dialect}
          onChange={value => setDialect(value as Dialect)}
          data={[...DIALECTS]}
        />
      </Group>
      <CodeBlock code={code} label={t('samplesTitle')} />
    </section>
  );
}

/** Keeps the same list while an answer grows, because making the samples of long texts takes time. */
function useAsked(turns: Conversation['turns']): Conversation['turns'] {
  const whole = turns.filter(
    ({ replies }, at) =>
      at === turns.length - 1 || (replies[0]?.text && replies[0].state !== 'failed'),
  );
  const names = whole.map(({ id }) => id).join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: named by their ids
  return useMemo(() => whole, [names]);
}
