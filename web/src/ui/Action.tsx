// A button that acts after its consequence was read and confirmed. The dialog shows errors.

import { Alert, Button, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { ConfirmDialog } from './confirm.js';
import { messageIn } from './messageOf.js';

export interface ActionProps {
  /** The text on the button, and on the one that confirms. */
  label: string;
  /** The dialog's question: "Suspend this license?" */
  title: string;
  /** What will happen, and whether it can be undone. */
  consequence: ReactNode;
  /** Fields that say more about it, each with its name in the API. */
  children?: ReactNode;
  act(): Promise<unknown>;
  /** Is called when the dialog opens, to show nothing in its fields that was left there when it was cancelled. */
  begin?(): void;
  isDangerous?: boolean;
  isDisabled?: boolean;
  isSmall?: boolean;
  testId?: string;
}

export function Action(props: ActionProps) {
  const { label, title, consequence, children, act, begin, testId } = props;
  const { isDangerous = false, isDisabled = false, isSmall = false } = props;
  const t = useTexts('ui');
  const [isOpen, setOpen] = useState(false);
  const [fault, setFault] = useState('');
  const open = () => {
    setFault('');
    begin?.();
    setOpen(true);
  };
  const confirm = async (form: HTMLFormElement) => {
    setFault('');
    try {
      await act();
    } catch (error) {
      setFault(messageIn(form, error, t('offlineTitle')));
      return false;
    }
    return true;
  };
  return (
    <>
      <Button
        variant={isDangerous ? 'light' : 'default'}
        {...(isDangerous && { color: 'red' })}
        size={isSmall ? 'xs' : 'sm'}
        disabled={isDisabled}
        onClick={open}
        {...(testId && { 'data-testid': testId })}
      >
        {label}
      </Button>
      <ConfirmDialog
        title={title}
        action={label}
        isDangerous={isDangerous}
        isOpen={isOpen}
        close={() => setOpen(false)}
        act={confirm}
        consequence={
          <Stack gap="md">
            <Text component="div">{consequence}</Text>
            {children}
            {fault && (
              <Alert color="red" role="alert">
                {fault}
              </Alert>
            )}
          </Stack>
        }
      />
    </>
  );
}
