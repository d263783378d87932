// A text of the operator from the branding folder, such as the terms.

import { Typography } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useParams } from 'wouter';
import { pageData } from '../../api/pageData.js';
import { useLanguage } from '../../messages/language.js';
import { useTexts } from '../../messages/useTexts.js';
import { Page } from '../../ui/Page.js';
import { Loading, NotFound, Notice } from '../../ui/states.js';

export default function Legal() {
  const t = useTexts('legal');
  const { code } = useLanguage();
  const { text = '' } = useParams();
  const known = pageData(code).legal.find(({ id }) => id === text);
  const { data, isPending } = useQuery({
    queryKey: ['legal', text, code],
    queryFn: () => readLegal(text, code),
    enabled: known !== undefined,
  });
  if (!known) return <NotFound />;
  return (
    <Page title={known.title}>
      {isPending && <Loading />}
      {data === null && <Notice title={known.title} text={t('failed')} isUrgent />}
      {data && (
        <Typography>
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: cleaned by DOMPurify */}
          <div dangerouslySetInnerHTML={{ __html: data }} />
        </Typography>
      )}
    </Page>
  );
}

/** Null if it cannot be read now. */
async function readLegal(id: string, language: string): Promise<string | null> {
  const response = await fetch(`/pages/legal/${id}?lang=${language}`).catch(() => null);
  if (!response?.ok) return null;
  const html = await marked.parse(await response.text(), { gfm: true });
  return DOMPurify.sanitize(html, {
    FORBID_TAGS: ['style', 'form', 'iframe'],
    FORBID_ATTR: ['style'],
  });
}
