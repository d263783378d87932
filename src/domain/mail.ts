// Mails with links for buyers, in Persian and English, because we do not know yet which one they read.

export interface Mail {
  to: string;
  subject: string;
  text: string;
}

export const LINK_MAIL_KINDS = ['license_ready', 'sign_in'] as const;
export type LinkMailKind = (typeof LINK_MAIL_KINDS)[number];
/** What a buyer is sent: a mail, or a note with the key to the order in the shop. */
export const BUYER_MESSAGE_KINDS = [...LINK_MAIL_KINDS, 'key_note'] as const;
export type BuyerMessageKind = (typeof BUYER_MESSAGE_KINDS)[number];

const COMPOSED: Record<LinkMailKind, (to: string, link: string) => Mail> = {
  license_ready: licenseReady,
  sign_in: signIn,
};

/** `link` holds the token, which appears nowhere else. */
export function composeLinkMail(kind: LinkMailKind, to: string, link: string): Mail {
  return COMPOSED[kind](to, link);
}

function licenseReady(to: string, link: string): Mail {
  const text = `خرید شما انجام شد. کلید لایسنس خود را با این پیوند دریافت کنید. پیوند یک بار و تا ۷ روز کار می‌کند:
${link}

Your purchase is complete. Get your license key with this link. It works once, within 7 days:
${link}

پس از آن نیز می‌توانید با همین نشانی ایمیل وارد شوید و کلید را دوباره ببینید.
Later you can sign in with this e-mail address to read the key again.
`;
  return { to, subject: 'کلید لایسنس شما / Your license key', text };
}

function signIn(to: string, link: string): Mail {
  const text = `برای ورود این پیوند را باز کنید. یک بار و تا ۱۵ دقیقه کار می‌کند:
${link}

Open this link to sign in. It works once, within 15 minutes:
${link}

اگر شما نخواسته‌اید، این پیام را نادیده بگیرید. If you did not ask for it, ignore this message.
`;
  return { to, subject: 'ورود / Sign in', text };
}
