// One's own password and second factor.

import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { CopyField } from '../../../ui/CopyField.js';
import { QrCode } from '../../../ui/QrCode.js';
import { Failed, Loading } from '../../../ui/states.js';
import { Action } from '../Action.js';
import { ADMIN, ask } from '../ask.js';
import { Section } from '../Section.js';
import { PasswordField } from './PasswordField.js';

export function OwnAccess() {
  const t = useTexts('adminWork');
  return (
    <Section title={t('passwordAndFactor')} testId="own-access">
      <SecondFactor />
      <NewPassword />
    </Section>
  );
}

function NewPassword() {
  const t = useTexts('adminWork');
  const [password, setPassword] = useState('');
  const [next, setNext] = useState('');
  const [isChanged, setChanged] = useState(false);
  const forget = () => {
    setPassword('');
    setNext('');
  };
  const change = async () => {
    const body = { password, new_password: next };
    await ask(() => api.POST('/admin/api/session/password', { body }));
    forget();
    setChanged(true);
  };
  return (
    <Group gap="md">
      <Action
        label={t('changePassword')}
        title={t('changePassword')}
        consequence={t('newPasswordText')}
        begin={forget}
        act={change}
        testId="new-password"
      >
        <Stack gap="sm">
          <CurrentPassword value={password} set={setPassword} />
          <PasswordField
            label={t('newPassword')}
            description={t('passwordRule')}
            name="new_password"
            value={next}
            set={setNext}
            autoComplete="new-password"
          />
        </Stack>
      </Action>
      {isChanged && <Text role="status">{t('passwordChanged')}</Text>}
    </Group>
  );
}

function CurrentPassword({ value, set }: { value: string; set(value: string): void }) {
  const t = useTexts('adminWork');
  return (
    <PasswordField
      label={t('passwordNow')}
      name="password"
      value={value}
      set={set}
      autoComplete="current-password"
    />
  );
}

interface Begun {
  secret: string;
  uri: string;
}

function SecondFactor() {
  const t = useTexts('adminWork');
  const [begun, setBegun] = useState<Begun | null>(null);
  const [codes, setCodes] = useState<string[]>([]);
  const { data, error, refetch } = useQuery({
    queryKey: [ADMIN, 'second-factor'],
    queryFn: () => ask(() => api.GET('/admin/api/session/second-factor')),
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Loading lines={1} />;
  return (
    <Stack gap="sm">
      <Text>
        {data.enabled
          ? t('secondFactorOn', { count: data.recovery_codes_left })
          : t('secondFactorOff')}
      </Text>
      {codes.length > 0 && (
        <Alert role="status" title={t('recoveryCodes')}>
          <Stack gap="xs">
            {t('recoveryCodesText')}
            <CopyField value={codes.join(' ')} label={t('recoveryCodes')} testId="recovery-codes" />
            <div>
              <Button onClick={() => setCodes([])} data-testid="recovery-codes-kept">
                {t('recoveryCodesKept')}
              </Button>
            </div>
          </Stack>
        </Alert>
      )}
      {data.enabled ? (
        <Remove removed={() => setCodes([])} />
      ) : (
        <Stack gap="sm" align="start">
          <Begin begun={setBegun} />
          {begun && (
            <Confirm
              begun={begun}
              confirmed={made => {
                setBegun(null);
                setCodes(made);
              }}
            />
          )}
        </Stack>
      )}
    </Stack>
  );
}

function Begin({ begun }: { begun(begun: Begun): void }) {
  const t = useTexts('adminWork');
  const [password, setPassword] = useState('');
  const begin = async () => {
    const body = { password };
    begun(await ask(() => api.POST('/admin/api/session/second-factor', { body })));
    setPassword('');
  };
  return (
    <Action
      label={t('secondFactorBegin')}
      title={t('secondFactorBegin')}
      consequence={t('secondFactorBeginText')}
      begin={() => setPassword('')}
      act={begin}
      testId="second-factor"
    >
      <CurrentPassword value={password} set={setPassword} />
    </Action>
  );
}

interface ConfirmProps {
  begun: Begun;
  confirmed(recoveryCodes: string[]): void;
}

function Confirm({ begun: { secret, uri }, confirmed }: ConfirmProps) {
  const t = useTexts('adminWork');
  const [code, setCode] = useState('');
  const confirm = async () => {
    const body = { code: code.trim() };
    const made = await ask(() => api.POST('/admin/api/session/second-factor/confirm', { body }));
    confirmed(made.recovery_codes);
  };
  return (
    <Stack gap="sm" maw="100%">
      <Text>{t('scan')}</Text>
      <QrCode text={uri} label={t('scan')} />
      <CopyField value={secret} label={t('secondFactorSecret')} testId="second-factor-secret" />
      <Anchor href={uri}>{t('openInApp')}</Anchor>
      <div>
        <Action
          label={t('secondFactorConfirm')}
          title={t('secondFactorConfirm')}
          consequence={t('secondFactorConfirmText')}
          act={confirm}
          testId="confirm-second-factor"
        >
          <Code value={code} set={setCode} />
        </Action>
      </div>
    </Stack>
  );
}

function Code({ value, set }: { value: string; set(value: string): void }) {
  const t = useTexts('adminWork');
  return (
    <TextInput
      label={t('oneTimeCode')}
      name="code"
      value={value}
      onChange={event => set(event.currentTarget.value)}
      autoComplete="one-time-code"
      dir="ltr"
      data-testid="one-time-code"
    />
  );
}

function Remove({ removed }: { removed(): void }) {
  const t = useTexts('adminWork');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const forget = () => {
    setPassword('');
    setCode('');
  };
  const remove = async () => {
    const body = { password, code: code.trim() };
    await ask(() => api.POST('/admin/api/session/second-factor/remove', { body }));
    forget();
    removed();
  };
  return (
    <div>
      <Action
        label={t('secondFactorRemove')}
        title={t('secondFactorRemove')}
        consequence={t('secondFactorRemoveText')}
        isDangerous
        begin={forget}
        act={remove}
        testId="remove-second-factor"
      >
        <Stack gap="sm">
          <CurrentPassword value={password} set={setPassword} />
          <Code value={code} set={setCode} />
        </Stack>
      </Action>
    </div>
  );
}
