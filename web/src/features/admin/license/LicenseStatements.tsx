// The statements of a license, for customers who need them for their accounting.

import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { Statements } from '../../../ui/Statements.js';
import { ADMIN, ask } from '../ask.js';
import { Section } from '../Section.js';

export function LicenseStatements({ id }: { id: string }) {
  const t = useTexts('ui');
  return (
    <Section title={t('statements')}>
      <Statements
        queryKey={[ADMIN, 'statements', id]}
        months={() =>
          ask(() => api.GET('/admin/api/licenses/{id}/statements', { params: { path: { id } } }))
        }
        read={(period, format) =>
          ask(() =>
            api.GET('/admin/api/licenses/{id}/statements/{period}', {
              params: { path: { id, period }, query: { format } },
              parseAs: 'blob',
            }),
          )
        }
      />
    </Section>
  );
}
