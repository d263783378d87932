// One answer: its reasoning, its text, and its cost.

import { Alert, Button, Group, Skeleton, Text } from '@mantine/core';
import { memo } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { CopyAction } from '../../ui/CopyField.js';
import { Markdown } from '../../ui/markdown/Markdown.js';
import type { Reply } from './conversation.js';
import css from './playground.module.css';
import { ReplyFacts } from './ReplyFacts.js';
import type { TextDirection } from './SettingsPanel.js';

interface ReplyViewProps {
  reply: Reply;
  direction: TextDirection;
  unit: string;
  isLast: boolean;
  isLastError: boolean;
  /** Asks again. Only present for the newest answer. */
  repeat?: () => void;
}

export const ReplyView = memo(ReplyCard, (before, after) => {
  const same = ['reply', 'direction', 'unit', 'isLast', 'isLastError'] as const;
  return same.every(name => before[name] === after[name]) && !before.repeat === !after.repeat;
});

function ReplyCard({ reply, direction, unit, isLast, isLastError, repeat }: ReplyViewProps) {
  const t = useTexts('playground');
  const { state, text, reasoning, pictures, error } = reply;
  const isGrowing = state === 'waiting' || state === 'streaming';
  return (
    <section className={css.reply} aria-label={reply.model} aria-busy={isGrowing}>
      <header className={css.replyHead}>
        <bdi dir="ltr">{reply.model}</bdi>
        {text !== '' && !isGrowing && <CopyAction value={text} label={t('answer')} />}
      </header>
      {reasoning !== '' && (
        <details className={css.reasoning}>
          <summary>{t('reasoning')}</summary>
          <Markdown
            text={reasoning}
            direction={direction}
            isGrowing={isGrowing}
            codeLabel={t('code')}
          />
        </details>
      )}
      {isGrowing && text === '' && <Skeleton height={14} width="55%" radius="sm" my="xs" />}
      <div {...(isLast && { 'data-testid': 'reply' })} data-state={state}>
        {text !== '' && (
          <Markdown text={text} direction={direction} isGrowing={isGrowing} codeLabel={t('code')} />
        )}
        {pictures.map((url, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: pictures are only added at the end
          <img key={at} className={css.made} src={url} alt={t('madePicture')} />
        ))}
      </div>
      {error && <Failure error={error} isLast={isLastError} {...(repeat && { repeat })} />}
      {state === 'stopped' && (
        <Text size="sm" c="dimmed">
          {t('stopped')}
        </Text>
      )}
      {reply.finishReason === 'length' && (
        <Text size="sm" className={css.warning ?? ''}>
          {t('cutOff')}
        </Text>
      )}
      {reply.finishReason === 'content_filter' && (
        <Text size="sm" className={css.warning ?? ''}>
          {t('filtered')}
        </Text>
      )}
      {!isGrowing && <ReplyFacts reply={reply} unit={unit} />}
    </section>
  );
}

interface FailureProps {
  error: NonNullable<Reply['error']>;
  isLast: boolean;
  repeat?: () => void;
}

function Failure({ error, isLast, repeat }: FailureProps) {
  const t = useTexts('playground');
  return (
    <Alert color="red" variant="light" radius="md" {...(isLast && { 'data-testid': 'error' })}>
      <Text size="sm" fw={600} c="var(--mantine-color-text)">
        {error.message || t('unreachable')}
      </Text>
      <Group gap="sm" mt={6}>
        {repeat && (
          <Button size="xs" variant="default" onClick={repeat}>
            {t('again')}
          </Button>
        )}
        {error.requestId && (
          <Text size="xs" c="dimmed">
            {t('requestId')} <bdi dir="ltr">{error.requestId}</bdi>
          </Text>
        )}
      </Group>
    </Alert>
  );
}
