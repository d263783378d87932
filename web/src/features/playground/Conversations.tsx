// Begins a conversation, opens kept ones, and saves the open one as a file.

import { Button, CloseButton, Group, Menu, Switch, Text } from '@mantine/core';
import { useTexts } from '../../messages/useTexts.js';
import { type Conversation, titleOf } from './conversation.js';
import { asJson, asMarkdown, save } from './exported.js';
import type { Kept } from './kept.js';
import css from './playground.module.css';

interface ConversationsProps {
  conversation: Conversation;
  kept: Kept;
  begin(): void;
  open(conversation: Conversation): void;
}

export function Conversations({ conversation, kept, begin, open }: ConversationsProps) {
  const t = useTexts('playground');
  const isEmpty = conversation.turns.length === 0;
  return (
    <section className={css.panel} aria-label={t('conversations')}>
      <Group gap="xs" grow>
        <Button variant="light" size="xs" onClick={begin}>
          {t('newChat')}
        </Button>
        <Menu position="bottom-end" withinPortal withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <Button variant="default" size="xs" disabled={isEmpty}>
              {t('export')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              onClick={() =>
                save('conversation.md', 'text/markdown', asMarkdown(conversation, t('you')))
              }
            >
              Markdown
            </Menu.Item>
            <Menu.Item
              onClick={() => save('conversation.json', 'application/json', asJson(conversation))}
            >
              JSON
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Switch
        mt="md"
        size="sm"
        label={t('keep')}
        description={t('keepHint')}
        checked={kept.isWanted}
        onChange={event => kept.want(event.currentTarget.checked)}
      />
      {kept.conversations.length > 0 && (
        <ul className={css.kept}>
          {kept.conversations.map(each => (
            <li key={each.id} data-open={each.id === conversation.id || undefined}>
              <button type="button" onClick={() => open(each)}>
                <Text size="sm" truncate component="bdi">
                  {titleOf(each)}
                </Text>
              </button>
              <CloseButton
                size="xs"
                aria-label={t('remove', { name: titleOf(each) })}
                onClick={() => kept.forget(each.id)}
              />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
