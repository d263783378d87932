// The buyer's own page: what is left, what was used, the key, and what was bought.

import { Alert, Badge, Group, NativeSelect, Stack } from '@mantine/core';
import { useEffect } from 'react';
import { chooseLicense } from '../../api/credentials.js';
import { Refusal } from '../../api/refusal.js';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';
import { SignInAgain } from '../../ui/SignInAgain.js';
import { Failed, Loading } from '../../ui/states.js';
import { useSignOut } from '../../ui/useSignOut.js';
import { Balance } from './Balance.js';
import {
  type Account as AccountView,
  useAccount,
  useEndSession,
  useHolder,
  useLeave,
  useLicense,
} from './holder.js';
import { KeyCard } from './KeyCard.js';
import { MailSettings } from './MailSettings.js';
import { OwnKeys } from './OwnKeys.js';
import { OwnStatements } from './OwnStatements.js';
import { Purchases } from './Purchases.js';
import { Refusals } from './Refusals.js';
import { Requests } from './Requests.js';
import { AgainByMail, SignInForms } from './SignInForms.js';
import { ended, forgetBuyer } from './session.js';
import { Usage } from './Usage.js';

export default function Account() {
  const t = useTexts('account');
  const { key } = useHolder();
  const { data: account, error, refetch } = useAccount();
  const hasEnded = ended.useIsNow();
  const leave = useLeave();
  useEffect(() => forgetBuyer, []);
  return (
    <Page title={t('title')}>
      {key === null && !account ? (
        error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : (
          <Loading />
        )
      ) : key === null && !account?.email ? (
        <SignInForms />
      ) : (
        <SignedIn account={key === null ? (account ?? null) : null} />
      )}
      <SignInAgain isOpen={hasEnded} title={t('title')} leave={leave}>
        <AgainByMail email={account?.email ?? ''} />
      </SignInAgain>
    </Page>
  );
}

/** `account` is null if the page was opened with a key. */
function SignedIn({ account }: { account: AccountView | null }) {
  const t = useTexts('account');
  const { button, fault } = useSignOut(useEndSession());
  const { license: chosen } = useHolder();
  const { data: license, error, refetch } = useLicense();
  const isOut = error instanceof Refusal && error.isSignedOut;
  return (
    <Stack gap="xl">
      <Group justify="space-between" className="no-print">
        <Group gap="sm">
          {account?.email && <bdi>{account.email}</bdi>}
          {account && account.licenses.length > 1 && <Choice account={account} />}
          {license && <StateBadge status={license.status} />}
        </Group>
        {button}
      </Group>
      {fault}
      {account?.licenses.length === 0 ? (
        <p>{t('noLicense')}</p>
      ) : error && (isOut || !license) ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !license ? (
        <Loading lines={8} />
      ) : (
        // The key hides the secrets of another license.
        <Stack key={chosen} gap="xl">
          {/* Beside what was read before: what is typed in its fields stays. */}
          {error && <Failed error={error} retry={() => void refetch()} />}
          {license.status !== 'active' && <Stopped status={license.status} />}
          <Balance license={license} />
          <KeyCard />
          <OwnKeys license={license} />
          <Usage license={license} />
          <OwnStatements />
          <Requests />
          <Refusals />
          <Purchases license={license} />
          <MailSettings />
        </Stack>
      )}
    </Stack>
  );
}

function Choice({ account }: { account: AccountView }) {
  const t = useTexts('account');
  const { license } = useHolder();
  const runs = account.licenses.find(({ status }) => status === 'active');
  return (
    <NativeSelect
      aria-label={t('chooseLicense')}
      value={(license ?? runs?.id ?? account.licenses[0]?.id) || ''}
      onChange={event => chooseLicense(event.currentTarget.value)}
      data={account.licenses.map(({ id, plan, key_last4 }) => ({
        value: id,
        label: `${plan.toUpperCase()} …${key_last4}`,
      }))}
    />
  );
}

const STOPPED = {
  suspended: 'isSuspended',
  expired: 'isExpired',
  revoked: 'isRevoked',
} as const;

function Stopped({ status }: { status: keyof typeof STOPPED }) {
  const t = useTexts('account');
  return (
    <Alert color="orange" role="status" data-testid="stopped">
      {t(STOPPED[status])}
    </Alert>
  );
}

const STATES = {
  active: { color: 'teal', text: 'stateActive' },
  suspended: { color: 'orange', text: 'stateSuspended' },
  expired: { color: 'red', text: 'stateExpired' },
  revoked: { color: 'red', text: 'stateRevoked' },
} as const;

function StateBadge({ status }: { status: keyof typeof STATES }) {
  const t = useTexts('account');
  const { color, text } = STATES[status];
  return (
    <Badge color={color} variant="dot" size="lg">
      {t(text)}
    </Badge>
  );
}
