// Mails the buyer a link that shows the key of a license.

import { Alert } from '@mantine/core';
import { useState } from 'react';
import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Action } from '../Action.js';
import { ask, type License } from '../ask.js';

export function SendKey({ license: { id, email } }: { license: Pick<License, 'id' | 'email'> }) {
  const t = useTexts('adminLicense');
  const [isSent, setSent] = useState(false);
  const send = async () => {
    const params = { path: { id } };
    await ask(() => api.POST('/admin/api/licenses/{id}/send-key', { params }));
    setSent(true);
  };
  return (
    <>
      {isSent && (
        <Alert w="100%" role="status">
          {t('keySent', { email })}
        </Alert>
      )}
      <Action
        label={t('sendKey')}
        title={t('sendKeyTitle')}
        consequence={t('sendKeyText', { email })}
        act={send}
        testId="send-key"
      />
    </>
  );
}
