// What a mail looks like, as plain text and as HTML. Who writes one says its subject and its blocks; nothing in
// them is HTML. A mail loads nothing from anywhere: no image, no script, no style sheet.

import { escaped } from './html.js';
import { DIRECTIONS, type Language } from './language.js';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

export type Block =
  | { text: string }
  | { list: string[] }
  /** `before` ends with a colon; `button` is what the HTML shows in the place of the address. */
  | { before: string; url: string; button: string };

export interface Letter {
  subject: string;
  blocks: Block[];
}

/** What surrounds every letter. */
export interface Frame {
  /** The shop's name as the operator set it; null: our own. */
  shopName: string | null;
  /** The address that switches this kind of mail off; absent for mails that are necessary. */
  unsubscribeUrl?: string;
}

export interface Receiver {
  email: string;
  language: Language | null;
}

interface FrameWords {
  ourName: string;
  unsubscribe: string;
  unsubscribeButton: string;
}

const FRAME_WORDS: Record<Language, FrameWords> = {
  fa: {
    ourName: 'سهم',
    unsubscribe: 'اگر نمی‌خواهید چنین پیام‌هایی دریافت کنید:',
    unsubscribeButton: 'لغو این پیام‌ها',
  },
  en: {
    ourName: 'Sahm',
    unsubscribe: 'To stop mails of this kind:',
    unsubscribeButton: 'Stop these mails',
  },
  'zh-TW': {
    ourName: 'Sahm',
    unsubscribe: '若不想再收到此類郵件：',
    unsubscribeButton: '停止此類郵件',
  },
};

/** If the receiver's language is not known. */
const WHERE_UNKNOWN: Language[] = ['fa', 'en'];

/** In the receiver's language; else in all of `unknown`, one below the other. */
export function composeLetter(
  write: (language: Language) => Letter,
  { email, language }: Receiver,
  frame: Frame,
  unknown: readonly Language[] = WHERE_UNKNOWN,
): Mail {
  const languages = language ? [language] : unknown;
  const letters = languages.map(each => ({ language: each, ...write(each) }));
  const subject = letters.map(letter => letter.subject).join(' / ');
  return {
    to: email,
    subject,
    text: letters.map(letter => textOf(letter, frame)).join('\n\n'),
    html: pageOf(subject, letters, frame),
    headers: headersOf(frame),
  };
}

/** RFC 8058: mail programs show a button of their own, which posts to the address. */
function headersOf({ unsubscribeUrl }: Frame): Record<string, string> {
  if (unsubscribeUrl === undefined) return {};
  return {
    'List-Unsubscribe': `<${unsubscribeUrl}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  };
}

type Written = Letter & { language: Language };

function textOf({ language, blocks }: Written, { shopName, unsubscribeUrl }: Frame): string {
  const words = FRAME_WORDS[language];
  const paragraphs = [textOfBlocks(blocks), shopName ?? words.ourName];
  if (unsubscribeUrl !== undefined) paragraphs.push(`${words.unsubscribe}\n${unsubscribeUrl}`);
  return `${paragraphs.join('\n\n')}\n`;
}

/** A list stands right below the line that announces it. */
function textOfBlocks(blocks: Block[]): string {
  return blocks.reduce((text, block) => {
    if (text === '') return textOfBlock(block);
    return `${text}${'list' in block ? '\n' : '\n\n'}${textOfBlock(block)}`;
  }, '');
}

function textOfBlock(block: Block): string {
  if ('text' in block) return block.text;
  if ('list' in block) return block.list.map(item => `- ${item}`).join('\n');
  return `${block.before}\n${block.url}`;
}

const STYLES = {
  body: 'margin:0;padding:24px 12px;background:#f3f4f6;',
  letter:
    "max-width:560px;margin:0 auto 16px;padding:24px;background:#ffffff;border-radius:8px;color:#1f2937;font:16px/1.8 Vazirmatn,Tahoma,'Segoe UI','Noto Sans TC','Microsoft JhengHei',Arial,sans-serif;",
  name: 'margin:0 0 16px;font-size:18px;font-weight:bold;',
  paragraph: 'margin:0 0 16px;',
  list: 'margin:0 0 16px;padding-inline-start:24px;',
  button:
    'display:inline-block;padding:10px 20px;background:#1d4ed8;color:#ffffff;border-radius:6px;text-decoration:none;',
  address: 'margin:0 0 16px;font-size:13px;color:#6b7280;word-break:break-all;',
  foot: 'margin:24px 0 0;padding-top:12px;border-top:1px solid #e5e7eb;font-size:13px;color:#6b7280;',
};

function pageOf(subject: string, letters: Written[], frame: Frame): string {
  const [first] = letters;
  const language = first?.language ?? 'en';
  const sections = letters.map(letter => sectionOf(letter, frame));
  return `<!doctype html>
<html lang="${language}" dir="${DIRECTIONS[language]}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(subject)}</title></head>
<body style="${STYLES.body}">
${sections.join('\n')}
</body>
</html>
`;
}

function sectionOf({ language, blocks }: Written, { shopName, unsubscribeUrl }: Frame): string {
  const { ourName, unsubscribe, unsubscribeButton } = FRAME_WORDS[language];
  const direction = DIRECTIONS[language];
  const align = direction === 'rtl' ? 'right' : 'left';
  const style = `${STYLES.letter}direction:${direction};text-align:${align};`;
  const foot =
    unsubscribeUrl === undefined
      ? []
      : [
          `<p style="${STYLES.foot}">${escaped(unsubscribe)} <a href="${escaped(unsubscribeUrl)}">${escaped(unsubscribeButton)}</a></p>`,
        ];
  return [
    `<div lang="${language}" dir="${direction}" style="${style}">`,
    `<p style="${STYLES.name}">${isolated(shopName ?? ourName)}</p>`,
    ...blocks.map(htmlOfBlock),
    ...foot,
    '</div>',
  ].join('\n');
}

function htmlOfBlock(block: Block): string {
  if ('text' in block) {
    const lines = block.text.split('\n').map(escaped);
    return `<p style="${STYLES.paragraph}">${lines.join('<br>')}</p>`;
  }
  if ('list' in block) {
    const items = block.list.map(item => `<li>${escaped(item)}</li>`);
    return `<ul style="${STYLES.list}">${items.join('')}</ul>`;
  }
  const { before, url, button } = block;
  return `<p style="${STYLES.paragraph}">${escaped(before)}</p>
<p style="${STYLES.paragraph}"><a href="${escaped(url)}" style="${STYLES.button}">${escaped(button)}</a></p>
<p dir="ltr" style="${STYLES.address}">${escaped(url)}</p>`;
}

/** A name may be of another direction than the text around it. */
function isolated(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}
