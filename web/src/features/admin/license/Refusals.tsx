// The refused requests of a license with the reasons, in the reader's language.

import { api } from '../../../api/client.js';
import { withNamesIsolated } from '../../../messages/say.js';
import { useTexts } from '../../../messages/useTexts.js';
import type { Column } from '../../../ui/DataTable.js';
import { ShortInstant } from '../../../ui/format.js';
import { ask } from '../ask.js';
import { PagedTable, usePages } from '../PagedTable.js';
import { Section } from '../Section.js';

async function readRefusals(id: string, cursor: { cursor?: string }) {
  const params = { path: { id }, query: { limit: 200, ...cursor } };
  const page = await ask(() => api.GET('/admin/api/licenses/{id}/refusals', { params }));
  return { rows: page.refusals, next: page.next_cursor };
}
type Refused = Awaited<ReturnType<typeof readRefusals>>['rows'][number];

export function Refusals({ id }: { id: string }) {
  const t = useTexts('adminLicense');
  const pages = usePages(['refusals', id, document.documentElement.lang], cursor =>
    readRefusals(id, cursor),
  );
  const columns: Column<Refused>[] = [
    { key: 'at', title: t('when'), width: 2, cell: ({ at }) => <ShortInstant at={at} /> },
    {
      key: 'model',
      title: t('model'),
      width: 2,
      cell: ({ model }) => <span className="ltr">{model ?? '–'}</span>,
    },
    { key: 'code', title: t('code'), width: 1.8, cell: ({ code }) => <code>{code}</code> },
    {
      key: 'message',
      title: t('reasonNeeded'),
      width: 3,
      // The message is in the reader's language, even if it begins with a foreign word.
      cell: ({ message, cause }) => (
        <span title={message}>{withNamesIsolated(cause?.message ?? message)}</span>
      ),
    },
  ];
  return (
    <Section title={t('refusals')} testId="refusals">
      <PagedTable
        label={t('refusals')}
        empty={t('noRefusals')}
        pages={pages}
        columns={columns}
        keyOf={each => each.id}
        hasLongCells
      />
    </Section>
  );
}
