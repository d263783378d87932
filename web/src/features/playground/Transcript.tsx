// The conversation, the newest at the end. The end stays in view while it grows.

import { Button, Text, VisuallyHidden } from '@mantine/core';
import { memo, useEffect, useRef } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { directionOf } from '../../ui/markdown/direction.js';
import { AttachmentView } from './AttachmentView.js';
import { type Conversation, isUnderWay, type Turn } from './conversation.js';
import css from './playground.module.css';
import { ReplyView } from './ReplyView.js';
import type { TextDirection } from './SettingsPanel.js';
import { type Chat, useLive } from './useChat.js';

interface TranscriptProps {
  chat: Chat;
  direction: TextDirection;
  /** Whether a problem is shown beside the field. Then the last error is not shown. */
  hasProblem: boolean;
  unit: string;
  suggest(text: string): void;
  repeat(): void;
}

export function Transcript(props: TranscriptProps) {
  const { chat, direction, hasProblem, unit, suggest, repeat } = props;
  const conversation = useLive(chat);
  const { turns } = conversation;
  const end = useEndInView(conversation);
  if (turns.length === 0) return <Empty suggest={suggest} />;
  const told = turns.flatMap(({ replies }) => replies.slice(0, 1)).filter(isAnswer);
  const lastReply = told.at(-1);
  return (
    <div className={css.transcript}>
      {turns.map((turn, at) => (
        <article key={turn.id} className={css.turn}>
          <Question turn={turn} />
          <div className={css.replies} data-count={turn.replies.length}>
            {turn.replies.map((reply, place) => {
              const isLast = at === turns.length - 1;
              return (
                <ReplyView
                  // biome-ignore lint/suspicious/noArrayIndexKey: the place is its name
                  key={place}
                  reply={reply}
                  direction={direction}
                  unit={unit}
                  isLast={reply === lastReply}
                  isLastError={isLast && !hasProblem && reply === turn.replies.find(isFailed)}
                  {...(isLast && { repeat })}
                />
              );
            })}
          </div>
        </article>
      ))}
      <Announcement conversation={conversation} />
      <div ref={end} />
    </div>
  );
}

type Reply = Turn['replies'][number];

function isAnswer({ state, text, pictures }: Reply): boolean {
  return state !== 'failed' || text !== '' || pictures.length > 0;
}

function isFailed({ error }: Reply): boolean {
  return error !== null;
}

const Question = memo(function Question({ turn }: { turn: Turn }) {
  const { text, attachments } = turn;
  return (
    <div className={css.question}>
      {attachments.length > 0 && (
        <div className={css.sentAttachments}>
          {attachments.map(attachment => (
            <AttachmentView key={attachment.id} attachment={attachment} />
          ))}
        </div>
      )}
      {text.split('\n').map((line, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and never move
        <p key={at} dir={directionOf(line) ?? 'auto'}>
          {line}
        </p>
      ))}
    </div>
  );
}, hasSameText);

/** Only the replies of a turn change. */
function hasSameText(before: { turn: Turn }, after: { turn: Turn }): boolean {
  return before.turn.text === after.turn.text && before.turn.attachments === after.turn.attachments;
}

function Empty({ suggest }: { suggest(text: string): void }) {
  const t = useTexts('playground');
  const suggestions = [t('suggestion1'), t('suggestion2'), t('suggestion3')];
  return (
    <div className={css.empty}>
      <Text fw={600} size="lg">
        {t('emptyTitle')}
      </Text>
      <Text c="dimmed" size="sm">
        {t('emptyText')}
      </Text>
      <div className={css.suggestions}>
        {suggestions.map(text => (
          <Button key={text} variant="default" radius="xl" onClick={() => suggest(text)}>
            {text}
          </Button>
        ))}
      </div>
    </div>
  );
}

/** Tells screen readers that an answer is there, instead of reading every word as it arrives. */
function Announcement({ conversation }: { conversation: Conversation }) {
  const t = useTexts('playground');
  const isFailure = conversation.turns.at(-1)?.replies.some(isFailed);
  const said = isUnderWay(conversation) ? 'answering' : isFailure ? 'answerFailed' : 'answered';
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {t(said)}
    </VisuallyHidden>
  );
}

const NEAR_PX = 160;

/** Scrolls to the growing end, unless the reader has scrolled away. */
function useEndInView(conversation: Conversation) {
  const end = useRef<HTMLDivElement>(null);
  const isFollowed = useRef(true);
  const { turns } = conversation;
  useEffect(() => {
    const look = () => {
      const bottom = end.current?.getBoundingClientRect().bottom ?? 0;
      isFollowed.current = bottom < innerHeight + NEAR_PX;
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new question is followed again
  useEffect(() => {
    isFollowed.current = true;
  }, [turns.length]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with everything that grows
  useEffect(() => {
    if (turns.length > 0 && isFollowed.current) end.current?.scrollIntoView({ block: 'end' });
  }, [conversation]);
  return end;
}
