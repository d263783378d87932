import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Refusal } from '../../api/refusal.js';
import { useTexts } from '../../messages/useTexts.js';
import { messageOf } from '../../ui/messageOf.js';
import css from './admin.module.css';
import { signIn } from './session.js';

/** `text` says who signs in here, or why again. */
export function SignIn({ text }: { text: string }) {
  const t = useTexts('admin');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const [fault, setFault] = useState('');
  const [isAsking, setAsking] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setFault('');
    setAsking(true);
    try {
      await signIn(email.trim(), password, code.trim());
    } catch (error) {
      // The service's message names a field of the request. A person is only asked for the code.
      const isCodeWanted = error instanceof Refusal && error.code === 'second_factor_required';
      // The service does not tell which of the three is wrong.
      const isOneWrong = needsCode && error instanceof Refusal && error.isSignedOut;
      if (isCodeWanted) setNeedsCode(true);
      setFault(
        isCodeWanted
          ? t('secondFactorWanted')
          : isOneWrong
            ? t('secondFactorWrong')
            : messageOf(error, t('noAnswer')),
      );
      setAsking(false);
    }
  };
  return (
    <form className={css.signIn ?? ''} onSubmit={event => void submit(event)}>
      <Stack gap="md">
        <Text c="dimmed">{text}</Text>
        <TextInput
          label={t('email')}
          value={email}
          onChange={event => setEmail(event.currentTarget.value)}
          inputMode="email"
          autoComplete="username"
          dir="ltr"
          required
          data-testid="email"
        />
        <PasswordInput
          label={t('password')}
          value={password}
          onChange={event => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
          dir="ltr"
          required
          data-testid="password"
        />
        {needsCode && (
          <TextInput
            label={t('secondFactor')}
            description={t('secondFactorText')}
            value={code}
            onChange={event => setCode(event.currentTarget.value)}
            autoComplete="one-time-code"
            dir="ltr"
            required
            data-autofocus
            data-testid="code"
          />
        )}
        {fault && (
          <Alert color={needsCode && code === '' ? 'accent' : 'red'} role="alert">
            {fault}
          </Alert>
        )}
        <Button type="submit" loading={isAsking} data-testid="sign-in">
          {t('signIn')}
        </Button>
      </Stack>
    </form>
  );
}
