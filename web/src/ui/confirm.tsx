// Asks before an act, in words that name its consequence.

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTexts } from '../messages/useTexts.js';

interface Confirmation {
  title: string;
  /** What will happen, and whether it can be undone. */
  consequence: ReactNode;
  /** The text on the button: the act, not "OK". */
  action: string;
  isDangerous?: boolean;
  /** The dialog waits until the act is done. It stays open if the result is `false`. The caller shows errors. */
  act(form: HTMLFormElement): Promise<unknown> | unknown;
}

interface ConfirmDialogProps extends Confirmation {
  isOpen: boolean;
  close(): void;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, consequence, action, isDangerous = false, act, isOpen, close } = props;
  const t = useTexts('ui');
  const [isActing, setActing] = useState(false);
  const confirm = async (event: FormEvent<HTMLFormElement>) => {
    const form = event.currentTarget;
    event.preventDefault();
    // The dialog may stand within another form.
    event.stopPropagation();
    setActing(true);
    try {
      if ((await act(form)) !== false) close();
    } finally {
      setActing(false);
    }
  };
  return (
    <Modal
      opened={isOpen}
      onClose={close}
      title={title}
      centered
      radius="lg"
      closeButtonProps={{ 'aria-label': t('cancel') }}
    >
      {/* A form, so that Enter in a field acts too. The service tells what is missing. */}
      <form noValidate onSubmit={event => void confirm(event)}>
        <Stack gap="lg">
          <Text component="div">{consequence}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('cancel')}
            </Button>
            <Button
              // The usual red is too light for white text.
              {...(isDangerous && { color: 'red.9' })}
              type="submit"
              loading={isActing}
              data-testid="confirm"
            >
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
