import { mathOf } from './formula.js';
import css from './markdown.module.css';

export default function Formula({ tex, isDisplayed }: { tex: string; isDisplayed: boolean }) {
  const html = mathOf(tex, isDisplayed);
  if (html === null) {
    return (
      <code className={css.inlineCode} dir="ltr">
        {tex}
      </code>
    );
  }
  // biome-ignore lint/security/noDangerouslySetInnerHtml: what mathOf gives is purified
  return <bdi dir="ltr" className={css.math} dangerouslySetInnerHTML={{ __html: html }} />;
}
