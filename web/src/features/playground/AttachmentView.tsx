import { useTexts } from '../../messages/useTexts.js';
import { FileIcon } from '../../ui/icons.js';
import type { Attachment } from './attachments.js';
import css from './playground.module.css';

export function AttachmentView({ attachment }: { attachment: Attachment }) {
  const t = useTexts('playground');
  const { modality, url, name } = attachment;
  if (modality === 'image') return <img className={css.thumbnail} src={url} alt={name} />;
  if (modality === 'audio') {
    // biome-ignore lint/a11y/useMediaCaption: nobody wrote down what was just said
    return <audio className={css.audio} controls src={url} aria-label={t('voice')} />;
  }
  return (
    <span className={css.file}>
      <FileIcon size={16} />
      <bdi>{name}</bdi>
    </span>
  );
}
