// A text of the operator from the branding folder, such as the terms.

import { Typography } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import DOMPurify from 'dompurify';
import { marked } from 'marked';
import { useParams } from 'wouter';
import { pageData } from '../../api/pageData.js';
import { refusalOf, Unreachable } from '../../api/refusal.js';
import { useLanguage } from '../../messages/language.js';
import { Page } from '../../ui/Page.js';
import { Failed, Loading, NotFound } from '../../ui/states.js';
import css from '../../ui/ui.module.css';

export default function Legal() {
  const { code } = useLanguage();
  const { text = '' } = useParams();
  const known = pageData(code).legal.find(({ id }) => id === text);
  const { data, error, refetch } = useQuery({
    queryKey: ['legal', text, code],
    queryFn: () => readLegal(text, code),
    enabled: known !== undefined,
  });
  if (!known) return <NotFound />;
  return (
    <Page title={known.title}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Loading />
      ) : (
        <Typography className={css.prose ?? ''}>
          {/* biome-ignore lint/security/noDangerouslySetInnerHtml: cleaned by DOMPurify */}
          <div dangerouslySetInnerHTML={{ __html: data }} />
        </Typography>
      )}
    </Page>
  );
}

async function readLegal(id: string, language: string): Promise<string> {
  const response = await fetch(`/pages/legal/${id}?lang=${language}`).catch(() => {
    throw new Unreachable('no answer');
  });
  if (!response.ok) throw refusalOf(response, await response.json().catch(() => null));
  const html = await marked.parse(await response.text(), { gfm: true });
  return DOMPurify.sanitize(html, {
    FORBID_TAGS: ['style', 'form', 'iframe'],
    FORBID_ATTR: ['style'],
  });
}
