// Sends mail through an SMTP server. Without one it writes mails into a folder, where they can be seen.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { createTransport, Transporter } from 'nodemailer';
import type { Mail } from '../domain/letter.js';

export interface Mailer {
  send(mail: Mail): Promise<void>;
  /** Throws where mail cannot be sent. */
  verify(): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 15_000;
/** No base64, so that a person who looks at the raw mail can read its links. */
const ENCODING = { textEncoding: 'quoted-printable', encoding: 'utf-8' } as const;

export function createMailer({
  smtpUrl,
  from: address,
  shopName,
  outbox,
}: {
  smtpUrl?: string | undefined;
  /** `sahm@shop.example`, or with a name: `Shop <sahm@shop.example>`. */
  from: string;
  /** Stands beside an address without a name. */
  shopName?: string | undefined;
  /** The folder of `.eml` files. */
  outbox: string;
}): Mailer {
  const isBare = !address.includes('<');
  const from = isBare && shopName !== undefined ? { name: shopName, address } : address;
  return smtpUrl ? smtpMailer(smtpUrl, from) : folderMailer(outbox, from);
}

/** With a name or without. */
type Sender = string | { name: string; address: string };

function smtpMailer(url: string, from: Sender): Mailer {
  const transport = transportFor({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  return {
    async send(mail) {
      await (await transport.open()).sendMail({ from, ...mail, ...ENCODING });
    },
    async verify() {
      await (await transport.open()).verify();
    },
    close: transport.close,
  };
}

function folderMailer(outbox: string, from: Sender): Mailer {
  const transport = transportFor({ streamTransport: true, buffer: true });
  return {
    async send(mail) {
      const { message } = await (await transport.open()).sendMail({ from, ...mail, ...ENCODING });
      await mkdir(outbox, { recursive: true });
      const name = `${new Date().toISOString().replace(/\W/g, '-')}-${randomUUID().slice(0, 8)}`;
      // Mails hold links to keys. Programs that watch the folder must see whole files only.
      const unfinished = join(outbox, `.${name}`);
      await writeFile(unfinished, message as Buffer, { mode: 0o600 });
      await rename(unfinished, join(outbox, `${name}.eml`));
    },
    async verify() {
      await mkdir(outbox, { recursive: true });
    },
    close: transport.close,
  };
}

/** The library is loaded with the first mail, so a service that sends none saves its memory. */
function transportFor(options: Parameters<typeof createTransport>[0]) {
  let transport: Transporter | undefined;
  return {
    async open(): Promise<Transporter> {
      const nodemailer = await import('nodemailer');
      transport ??= nodemailer.createTransport(options);
      return transport;
    },
    close: () => transport?.close(),
  };
}
