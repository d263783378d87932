// Issues a license. Its key is only shown here, once.

import {
  Alert,
  Anchor,
  Button,
  Group,
  NativeSelect,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Link } from 'wouter';
import { api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { CopyField } from '../../ui/CopyField.js';
import { messageIn } from '../../ui/messageOf.js';
import { OWN_DIRECTION } from '../../ui/ownDirection.js';
import { ask, readPlans, useRefresh } from './ask.js';
import { SendKey } from './license/SendKey.js';
import { Section } from './Section.js';

interface Issued {
  id: string;
  email: string;
  key: string;
}

export function Issue() {
  const t = useTexts('admin');
  const refresh = useRefresh();
  const address = useRef<HTMLInputElement>(null);
  const [email, setEmail] = useState('');
  const [plan, setPlan] = useState('');
  const [expires, setExpires] = useState('');
  const [note, setNote] = useState('');
  /** Whether the button was pressed without an address. Then there is a second button below the fields. */
  const [isBegun, setBegun] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [fault, setFault] = useState('');
  const [issued, setIssued] = useState<Issued | null>(null);
  const { data } = useQuery({
    queryKey: ['plans', document.documentElement.lang],
    queryFn: readPlans,
  });
  const plans = data?.plans.map(({ code, name }) => ({ value: code, label: name })) ?? [];
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setFault('');
    setIssued(null);
    if (email.trim() === '') {
      setBegun(true);
      address.current?.focus();
      return;
    }
    setAsking(true);
    try {
      const body = {
        email: email.trim(),
        plan: plan || (plans[0]?.value ?? ''),
        ...(expires !== '' && { expires_at: expires }),
        ...(note !== '' && { note }),
      };
      const { license, key } = await ask(() => api.POST('/admin/api/licenses', { body }));
      setIssued({ id: license.id, email: license.email, key });
      setEmail('');
      setNote('');
      setBegun(false);
      await refresh();
    } catch (error) {
      setFault(messageIn(form, error, t('noAnswer')));
    } finally {
      setAsking(false);
    }
  };
  return (
    <Section title={t('issueTitle')} text={t('issueText')}>
      <form onSubmit={event => void submit(event)} noValidate>
        <Stack gap="md">
          <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md">
            <TextInput
              ref={address}
              label={t('buyerEmail')}
              name="email"
              value={email}
              onChange={event => setEmail(event.currentTarget.value)}
              error={isBegun && email.trim() === '' && t('emailNeeded')}
              inputMode="email"
              autoComplete="off"
              dir="ltr"
              data-testid="issue-email"
            />
            <NativeSelect
              label={t('plan')}
              value={plan || (plans[0]?.value ?? '')}
              onChange={event => setPlan(event.currentTarget.value)}
              data={plans}
              data-testid="issue-plan"
            />
            <TextInput
              type="date"
              label={t('expires')}
              name="expires_at"
              value={expires}
              onChange={event => setExpires(event.currentTarget.value)}
            />
            <TextInput
              label={t('note')}
              name="note"
              value={note}
              onChange={event => setNote(event.currentTarget.value)}
              attributes={OWN_DIRECTION}
              maxLength={2_000}
            />
          </SimpleGrid>
          <div>
            <Button
              type="submit"
              variant={isBegun ? 'default' : 'filled'}
              loading={isAsking}
              data-testid="issue"
            >
              {t('issue')}
            </Button>
            {isBegun && (
              <Button type="submit" mx="sm" loading={isAsking} data-testid="confirm">
                {t('issueNow')}
              </Button>
            )}
          </div>
          {fault && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          {issued && (
            <Stack gap="sm" role="status">
              <Text fw={600}>{t('issuedFor', { email: issued.email })}</Text>
              <Text>{t('keyOnce')}</Text>
              <CopyField value={issued.key} label={t('key')} testId="shown-key" />
              <Group gap="sm">
                <SendKey license={issued} />
                <Anchor component={Link} href={`/admin/licenses/${issued.id}`}>
                  {t('openLicense')}
                </Anchor>
              </Group>
            </Stack>
          )}
        </Stack>
      </form>
    </Section>
  );
}
