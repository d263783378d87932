// The statements of one's own license.

import { Title } from '@mantine/core';
import { api } from '../../api/client.js';
import { useTexts } from '../../messages/useTexts.js';
import { type StatementFormat, Statements } from '../../ui/Statements.js';
import css from './account.module.css';
import { useHolder } from './holder.js';
import { ask } from './session.js';

const readMonths = () => ask(() => api.GET('/api/license/statements'));

function read(period: string, format: StatementFormat): Promise<Blob> {
  const params = { path: { period }, query: { format } };
  return ask(() => api.GET('/api/license/statements/{period}', { params, parseAs: 'blob' }));
}

export function OwnStatements() {
  const t = useTexts('ui');
  const { key, license } = useHolder();
  return (
    <section className={css.card ?? ''} aria-labelledby="statements">
      <Title order={2} size="h3" id="statements" mb="md" className="no-print">
        {t('statements')}
      </Title>
      <Statements
        queryKey={['holder', 'statements', key !== null, license]}
        months={readMonths}
        read={read}
      />
    </section>
  );
}
