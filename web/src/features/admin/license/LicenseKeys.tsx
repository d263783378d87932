// The keys of a license beside its master key.

import { api } from '../../../api/client.js';
import { useTexts } from '../../../messages/useTexts.js';
import { type KeySource, NamedKeys } from '../../../ui/NamedKeys.js';
import type { KeyList } from '../../../ui/useNamedKeys.js';
import { ADMIN, ask, type LicensePage, useMay } from '../ask.js';
import { Section } from '../Section.js';

export function keyListOf(id: string): KeyList {
  return {
    queryKey: [ADMIN, 'keys', id],
    read: query =>
      ask(() => api.GET('/admin/api/licenses/{id}/keys', { params: { path: { id }, query } })),
  };
}

export function LicenseKeys({ view }: { view: LicensePage }) {
  const t = useTexts('namedKeys');
  const may = useMay();
  const { id } = view.license;
  const of = (key: string) => ({ path: { id, key } });
  const source: KeySource = {
    ...keyListOf(id),
    isMoney: view.usage.unit === 'microusd',
    openedWith: null,
    mayChange: may('operator') && view.license.status !== 'revoked',
    make: body =>
      ask(() => api.POST('/admin/api/licenses/{id}/keys', { params: { path: { id } }, body })),
    change: (key, body) =>
      ask(() => api.PATCH('/admin/api/licenses/{id}/keys/{key}', { params: of(key), body })),
    rotate: (key, grace_seconds) =>
      ask(() =>
        api.POST('/admin/api/licenses/{id}/keys/{key}/rotate', {
          params: of(key),
          body: { grace_seconds },
        }),
      ),
    withdraw: key =>
      ask(() => api.DELETE('/admin/api/licenses/{id}/keys/{key}', { params: of(key) })),
  };
  return (
    <Section title={t('title')} text={t('text')}>
      <NamedKeys source={source} />
    </Section>
  );
}
