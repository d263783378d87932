// The field for the next message, with its attachments.

import { ActionIcon, Button, CloseButton, Textarea, Tooltip } from '@mantine/core';
import {
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type ReactNode,
  useRef,
  useState,
} from 'react';
import { MODALITIES } from '../../api/lists.js';
import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { MicrophoneIcon, PaperclipIcon, StopIcon } from '../../ui/icons.js';
import { directionOf } from '../../ui/markdown/direction.js';
import { AttachmentView } from './AttachmentView.js';
import { ACCEPTED, type Attachment, attach } from './attachments.js';
import type { Model } from './model.js';
import css from './playground.module.css';
import { type Recording, record } from './recorder.js';

interface ComposerProps {
  text: string;
  setText(text: string): void;
  attachments: Attachment[];
  setAttachments(change: (before: Attachment[]) => Attachment[]): void;
  models: Model[];
  problem: string | null;
  isBusy: boolean;
  /** Shown instead of the hint how to send, if there is something to say about the message. */
  note?: ReactNode;
  /** Whether there is no message yet. Then the field does not stick to the bottom. */
  isFirst: boolean;
  send(): void;
  stop(): void;
}

export function Composer(props: ComposerProps) {
  const { text, setText, attachments, setAttachments, problem, isBusy, send, stop } = props;
  const t = useTexts('playground');
  const { direction } = useLanguage();
  const [isOver, setOver] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const add = async (files: Iterable<File>) => {
    setFault(null);
    try {
      const added = await Promise.all([...files].map(attach));
      setAttachments(before => [...before, ...added]);
    } catch {
      setFault(t('unreadable'));
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void add(event.dataTransfer.files);
  };
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    void add(event.clipboardData.files);
  };
  const press = (event: KeyboardEvent) => {
    // While a Chinese word is being composed, Enter chooses the word.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  const field = useRef<HTMLTextAreaElement>(null);
  const sendAndStay = () => {
    send();
    // On a phone the focus would open the keyboard.
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  };
  const told = problem ?? fault;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one of three ways to attach
    <div
      className={css.composer}
      data-over={isOver || undefined}
      data-first={props.isFirst || undefined}
      onDragOver={event => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {told && (
        <div className={css.problem} role="alert" data-testid="error">
          {told}
        </div>
      )}
      {attachments.length > 0 && (
        <ul className={css.attachments} aria-label={t('attached')}>
          {attachments.map(attachment => (
            <li key={attachment.id}>
              <AttachmentView attachment={attachment} />
              <CloseButton
                aria-label={t('remove', { name: attachment.name })}
                onClick={() =>
                  setAttachments(before => before.filter(({ id }) => id !== attachment.id))
                }
              />
            </li>
          ))}
        </ul>
      )}
      <Textarea
        ref={field}
        data-testid="prompt"
        aria-label={t('prompt')}
        placeholder={t('promptHint')}
        variant="unstyled"
        autosize
        minRows={2}
        maxRows={10}
        dir={directionOf(text) ?? direction}
        classNames={{ input: css.prompt ?? '' }}
        value={text}
        onChange={event => setText(event.currentTarget.value)}
        onKeyDown={press}
        onPaste={paste}
      />
      <div className={css.actions}>
        <AttachButton models={props.models} add={add} />
        <VoiceButton add={add} fail={() => setFault(t('noMicrophone'))} />
        <span className={css.hint}>{props.note || t('enterHint')}</span>
        {isBusy ? (
          <Button
            data-testid="stop"
            variant="light"
            color="red"
            leftSection={<StopIcon size={16} />}
            onClick={stop}
          >
            {t('stop')}
          </Button>
        ) : (
          <Button data-testid="send" onClick={sendAndStay}>
            {t('send')}
          </Button>
        )}
      </div>
    </div>
  );
}

function AttachButton({ models, add }: { models: Model[]; add(files: Iterable<File>): void }) {
  const t = useTexts('playground');
  const field = useRef<HTMLInputElement>(null);
  const taken = MODALITIES.filter(kind => models.every(({ takes }) => takes.includes(kind)));
  const accept = [...taken.map(kind => ACCEPTED[kind]), 'text/*,.md,.json,.csv'].filter(Boolean);
  return (
    <>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        data-testid="attach"
        accept={accept.join(',')}
        aria-label={t('attach')}
        onChange={event => {
          const files = [...(event.currentTarget.files ?? [])];
          // Reset, so that the same file can be chosen again.
          event.currentTarget.value = '';
          add(files);
        }}
      />
      <Tooltip label={t('attachHint')}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t('attach')}
          onClick={() => field.current?.click()}
        >
          <PaperclipIcon />
        </ActionIcon>
      </Tooltip>
    </>
  );
}

function VoiceButton({ add, fail }: { add(files: Iterable<File>): void; fail(): void }) {
  const t = useTexts('playground');
  const [recording, setRecording] = useState<Recording | null>(null);
  const toggle = async () => {
    try {
      if (!recording) return setRecording(await record());
      setRecording(null);
      const file = await recording.end();
      if (file) add([file]);
    } catch {
      // No microphone, or not allowed.
      setRecording(null);
      fail();
    }
  };
  return (
    <Tooltip label={t(recording ? 'endRecording' : 'record')}>
      <ActionIcon
        variant={recording ? 'filled' : 'subtle'}
        color={recording ? 'red' : 'gray'}
        size="lg"
        aria-label={t(recording ? 'endRecording' : 'record')}
        aria-pressed={recording !== null}
        onClick={() => void toggle()}
      >
        <MicrophoneIcon />
      </ActionIcon>
    </Tooltip>
  );
}
