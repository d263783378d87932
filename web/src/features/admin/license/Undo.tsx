// Takes back the last change, after it was shown what that is and what it would take from the customer.

import { List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { api } from '../../../api/client.js';
import { Refusal } from '../../../api/refusal.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Instant } from '../../../ui/format.js';
import { messageOf } from '../../../ui/messageOf.js';
import { Action } from '../Action.js';
import { ask } from '../ask.js';
import { Difference } from '../Difference.js';
import { EventName } from '../EventName.js';

export function Undo({ id }: { id: string }) {
  const t = useTexts('adminLicense');
  return (
    <Action
      label={t('undo')}
      title={t('undoTitle')}
      consequence={<Undone id={id} />}
      act={() => undo(id, { confirm: true })}
      testId="undo"
    />
  );
}

function undo(id: string, body: { confirm?: boolean; rehearse?: boolean }) {
  const params = { path: { id } };
  return ask(() => api.POST('/admin/api/licenses/{id}/undo', { params, body }));
}

/** Stands in the dialog, which only shows it while it is open. */
function Undone({ id }: { id: string }) {
  const t = useTexts('adminLicense');
  const tAdmin = useTexts('admin');
  // Asked anew each time, because anything may have happened since.
  const { data, error } = useQuery({
    queryKey: ['undo', id],
    queryFn: () => undo(id, { rehearse: true }),
    gcTime: 0,
    staleTime: 0,
    retry: false,
  });
  // The service says it for the command line, with what to type there.
  if (error instanceof Refusal && error.status === 409) return t('nothingToUndo');
  if (error)
    return <Text c="var(--mantine-color-error)">{messageOf(error, tAdmin('noAnswer'))}</Text>;
  if (!data) return t('undoText');
  const { undoes, consequences = [] } = data;
  return (
    <Stack gap="sm" data-testid="undone">
      <Text>{t('undoText')}</Text>
      <div>
        <Text size="sm" c="dimmed">
          <EventName name={undoes.action} /> · <Instant at={undoes.at} /> ·{' '}
          <bdi>{undoes.actor}</bdi>
        </Text>
        <Difference before={undoes.before} after={undoes.after} />
      </div>
      <List spacing="xs">
        {consequences.map(({ message }) => (
          <List.Item key={message}>{message}</List.Item>
        ))}
      </List>
    </Stack>
  );
}
