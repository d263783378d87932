// Covers the pages of a session that ended, so that what was typed in them is there again.

import { Button, Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTexts } from '../messages/useTexts.js';

interface Props {
  isOpen: boolean;
  title: string;
  leave(): void;
  /** How to sign in. */
  children: ReactNode;
}

export function SignInAgain({ isOpen, title, leave, children }: Props) {
  const t = useTexts('ui');
  return (
    <Modal
      opened={isOpen}
      onClose={leave}
      title={title}
      fullScreen
      withCloseButton={false}
      closeOnEscape={false}
      // Above a dialog that is open in the page.
      zIndex={300}
    >
      {children}
      <Button variant="subtle" mt="md" onClick={leave}>
        {t('giveUp')}
      </Button>
    </Modal>
  );
}
