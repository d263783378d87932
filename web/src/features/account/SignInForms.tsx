// Two ways to sign in: with the key, which stays in this page's memory, or by a mailed link.

import {
  Alert,
  Button,
  PasswordInput,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { answerOf, api } from '../../api/client.js';
import { setBearer } from '../../api/credentials.js';
import { useTexts } from '../../messages/useTexts.js';
import { messageIn } from '../../ui/messageOf.js';
import css from './account.module.css';
import { useAccount } from './holder.js';

export function SignInForms() {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
      <ByKey />
      <ByMail />
    </SimpleGrid>
  );
}

function ByKey() {
  const t = useTexts('account');
  const [key, setKey] = useState('');
  const [fault, setFault] = useState('');
  const [isAsking, setAsking] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    setAsking(true);
    setFault('');
    const bearer = key.trim();
    try {
      // The key is sent with this question only. Set as the page's key, it would replace this form before a wrong key
      // could be reported in it.
      await answerOf(api.POST('/api/license/status', { body: { api_key: bearer } }));
      setBearer('holder', bearer);
    } catch (error) {
      setFault(messageIn(form, error, t('noAnswer')));
      setAsking(false);
    }
  };
  return (
    <Way title={t('byKeyTitle')} text={t('byKeyText')} submit={submit}>
      <PasswordInput
        label={t('key')}
        name="api_key"
        value={key}
        onChange={event => setKey(event.currentTarget.value)}
        data-testid="key"
        autoComplete="off"
        dir="ltr"
        required
        error={fault}
        visibilityToggleButtonProps={{ 'aria-label': t('showKey') }}
      />
      <Button type="submit" loading={isAsking} data-testid="sign-in">
        {t('open')}
      </Button>
    </Way>
  );
}

/** Over the page of a session that has ended. */
export function AgainByMail({ email }: { email: string }) {
  const t = useTexts('account');
  const ui = useTexts('ui');
  const { refetch, isFetching } = useAccount();
  const [hasLooked, setLooked] = useState(false);
  return (
    <Stack gap="md" maw="32rem">
      <Text c="dimmed">{ui('sessionEndedHere')}</Text>
      <ByMail known={email} />
      <Text>{t('linkHere')}</Text>
      {hasLooked && !isFetching && <Alert role="status">{t('notYet')}</Alert>}
      <Button
        loading={isFetching}
        onClick={() => void refetch().then(() => setLooked(true))}
        data-testid="look-again"
      >
        {t('isBack')}
      </Button>
    </Stack>
  );
}

function ByMail({ known = '' }: { known?: string }) {
  const t = useTexts('account');
  const [email, setEmail] = useState(known);
  const [fault, setFault] = useState('');
  const [isSent, setSent] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const submit = async (form: HTMLFormElement) => {
    setAsking(true);
    setFault('');
    try {
      await answerOf(api.POST('/api/sign-in', { body: { email: email.trim() } }));
      setSent(true);
    } catch (error) {
      setFault(messageIn(form, error, t('noAnswer')));
    } finally {
      setAsking(false);
    }
  };
  return (
    <Way title={t('byMailTitle')} text={t('byMailText')} submit={submit}>
      <TextInput
        label={t('email')}
        name="email"
        type="email"
        value={email}
        onChange={event => setEmail(event.currentTarget.value)}
        data-testid="email"
        autoComplete="email"
        dir="ltr"
        required
        error={fault}
      />
      <Button type="submit" variant="default" loading={isAsking} data-testid="mail-link">
        {t('sendLink')}
      </Button>
      {isSent && <Alert role="status">{t('linkSent')}</Alert>}
    </Way>
  );
}

interface WayProps {
  title: string;
  text: string;
  submit(form: HTMLFormElement): Promise<void>;
  children: ReactNode;
}

function Way({ title, text, submit, children }: WayProps) {
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void submit(event.currentTarget);
  };
  return (
    <form onSubmit={send} className={css.card ?? ''}>
      <Stack gap="md">
        <Title order={2} size="h4">
          {title}
        </Title>
        <Text c="dimmed">{text}</Text>
        {children}
      </Stack>
    </form>
  );
}
