// The button that signs out. If that fails, the reader is still signed in, and must know it.

import { Alert, Button } from '@mantine/core';
import { useState } from 'react';
import { useTexts } from '../messages/useTexts.js';
import { messageOf } from './messageOf.js';

/** `button`, and `fault` to show below it: why the reader is still signed in. */
export function useSignOut(signOut: () => Promise<void>) {
  const t = useTexts('ui');
  const [told, setTold] = useState('');
  const [isActing, setActing] = useState(false);
  const act = async () => {
    setTold('');
    setActing(true);
    try {
      await signOut();
    } catch (error) {
      setTold(messageOf(error, t('stillSignedIn')));
    } finally {
      setActing(false);
    }
  };
  const button = (
    <Button variant="default" loading={isActing} onClick={() => void act()} flex="none">
      {t('signOut')}
    </Button>
  );
  const fault = told && (
    <Alert color="red" role="alert" mt="sm">
      {told}
    </Alert>
  );
  return { button, fault };
}
