// Sends mail through an SMTP server. Without one it writes mails into a folder, where they can be seen.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { createTransport, Transporter } from 'nodemailer';
import type { Mail } from '../domain/mail.js';

export interface Mailer {
  send(mail: Mail): Promise<void>;
  close(): void;
}

const TIMEOUT_MS = 15_000;

export function createMailer({
  smtpUrl,
  from,
  outbox,
}: {
  smtpUrl?: string | undefined;
  from: string;
  /** The folder of `.eml` files. */
  outbox: string;
}): Mailer {
  return smtpUrl ? smtpMailer(smtpUrl, from) : folderMailer(outbox, from);
}

function smtpMailer(url: string, from: string): Mailer {
  const transport = transportFor({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
  });
  return {
    async send(mail) {
      await (await transport.open()).sendMail({ from, ...mail });
    },
    close: transport.close,
  };
}

function folderMailer(outbox: string, from: string): Mailer {
  const transport = transportFor({ streamTransport: true, buffer: true });
  return {
    async send(mail) {
      const { message } = await (await transport.open()).sendMail({ from, ...mail });
      await mkdir(outbox, { recursive: true });
      const name = `${new Date().toISOString().replace(/\W/g, '-')}-${randomUUID().slice(0, 8)}`;
      // Mails hold links to keys. Programs that watch the folder must see whole files only.
      const unfinished = join(outbox, `.${name}`);
      await writeFile(unfinished, message as Buffer, { mode: 0o600 });
      await rename(unfinished, join(outbox, `${name}.eml`));
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
