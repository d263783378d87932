// Tries the models without code, with a key that stays in memory or as a signed-in buyer.

import { Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';
import { useTabState } from '../../ui/tabState.js';
import { Access } from './Access.js';
import type { Attachment } from './attachments.js';
import { Composer } from './Composer.js';
import { Conversations } from './Conversations.js';
import { newConversation } from './conversation.js';
import { type Holder, useHolder } from './holder.js';
import { useKept } from './kept.js';
import { Meters } from './Meters.js';
import { ModelBar } from './ModelBar.js';
import { MostCost } from './MostCost.js';
import { findModel } from './model.js';
import css from './playground.module.css';
import { NO_SETTINGS, type Settings } from './request.js';
import { Samples } from './Samples.js';
import { SettingsPanel, type TextDirection } from './SettingsPanel.js';
import { Transcript } from './Transcript.js';
import { useChat } from './useChat.js';
import { useProblem } from './useProblem.js';

export default function Playground() {
  const t = useTexts('playground');
  const holder = useHolder();
  const client = useQueryClient();
  const { count } = holder;
  const told = useMemo(
    () => ({
      count,
      recount: () => void client.invalidateQueries({ queryKey: ['playground', 'license'] }),
    }),
    [count, client],
  );
  const { chat, conversation, isBusy } = useChat(told);
  const kept = useKept(conversation);
  const [text, setText] = useTabState('playground text', () => '');
  const [attachments, setAttachments] = useTabState<Attachment[]>('playground files', () => []);
  const [settings, setSettings] = useTabState<Settings>('playground settings', () => NO_SETTINGS);
  const [direction, setDirection] = useTabState<TextDirection>(
    'playground direction',
    () => 'auto',
  );
  const { models, setModels } = useChosenModels(holder);
  const [hasTried, setTried] = useState(false);
  const draft = { text, attachments, models };
  const problem = useProblem(holder, draft, conversation, hasTried);

  const send = () => {
    setTried(true);
    if (isBusy || problem || !holder.canAsk || models.length === 0) return;
    if (text.trim() === '' && attachments.length === 0) return;
    setText('');
    setAttachments([]);
    setTried(false);
    void chat.send({ text, attachments, models, settings });
  };
  const begin = () => {
    chat.open({ ...newConversation(), system: conversation.system });
    setText('');
    setAttachments([]);
  };
  return (
    <Page title={t('title')} isBare>
      <Title order={1} size="h2">
        {t('title')}
      </Title>
      <Text c="dimmed" size="sm" mb="lg">
        {t('lead')}
      </Text>
      <div className={css.layout}>
        <div className={css.holder}>
          <Access holder={holder} />
          <Meters license={holder.license.data} isAsking={holder.license.isFetching} />
        </div>
        <div className={css.main}>
          <ModelBar holder={holder} models={models} choose={setModels} />
          <Transcript
            chat={chat}
            direction={direction}
            hasProblem={problem !== null}
            unit={holder.license.data?.unit ?? 'request'}
            suggest={setText}
            repeat={() => void chat.repeat(models, settings)}
          />
          <Composer
            text={text}
            setText={setText}
            attachments={attachments}
            setAttachments={setAttachments}
            models={models.flatMap(id => findModel(holder.models.data ?? [], id) ?? [])}
            problem={problem}
            isBusy={isBusy}
            note={
              holder.license.data?.unit === 'microusd' && (
                <MostCost conversation={conversation} draft={draft} settings={settings} />
              )
            }
            isFirst={conversation.turns.length === 0}
            send={send}
            stop={chat.stop}
          />
        </div>
        <aside className={css.aside}>
          <Conversations conversation={conversation} kept={kept} begin={begin} open={chat.open} />
          <SettingsPanel
            settings={settings}
            change={setSettings}
            system={conversation.system}
            setSystem={chat.setSystem}
            direction={direction}
            setDirection={setDirection}
            models={models.flatMap(id => findModel(holder.models.data ?? [], id) ?? [])}
          />
        </aside>
        <Samples conversation={conversation} draft={draft} settings={settings} />
      </div>
    </Page>
  );
}

/** Until the reader chooses, the first model that the license may use. */
function useChosenModels({ models: { data } }: Holder) {
  const [chosen, setModels] = useTabState<string[]>('playground models', () => []);
  const first = data?.find(({ isAvailable }) => isAvailable !== false)?.id;
  const models = chosen.length > 0 ? chosen : first === undefined ? [] : [first];
  return { models, setModels };
}
