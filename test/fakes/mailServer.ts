// A mail server that takes mails, or refuses them by their receiver.

import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface MailServer {
  url: string;
  /** As they are read: the plain text, the HTML beside it, and all headers as they came. */
  received: ReceivedMail[];
  /** Receivers whose mails are refused for good. */
  refuses(to: string): boolean;
  close(): Promise<void>;
}

export interface ReceivedMail {
  to: string;
  subject: string;
  text: string;
  html: string;
  headers: string;
}

export async function startMailServer(): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    converse(socket, mail);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const mail: MailServer = {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    refuses: () => false,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return mail;
}

function converse(socket: Socket, mail: MailServer): void {
  const say = (line: string) => socket.write(`${line}\r\n`);
  let to = '';
  let text: string[] | null = null;
  let rest = '';
  function hear(line: string): void {
    if (text) {
      if (line !== '.') return void text.push(line);
      const whole = text.join('\n');
      mail.received.push({ to, ...readMail(whole) });
      text = null;
      say('250 taken');
      return;
    }
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'RCPT') {
      to = /<(.*)>/.exec(line)?.[1] ?? '';
      say(mail.refuses(to) ? '550 no such user' : '250 ok');
    } else if (verb === 'DATA') {
      text = [];
      say('354 go on');
    } else if (verb === 'QUIT') {
      say('221 bye');
      socket.end();
    } else say('250 ok');
  }
  socket.on('data', piece => {
    const lines = (rest + piece.toString('latin1')).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) hear(line);
  });
  say('220 mail.example');
}

function subjectOf(mail: string): string {
  const unfolded = (mail.split('\n\n')[0] ?? '').replace(/\n[ \t]+/g, ' ');
  const [, subject = ''] = /^subject: (.*)$/im.exec(unfolded) ?? [];
  const words = subject.replace(/\?= =\?/g, '?==?').split(/=\?utf-8\?([bq]\?[^?]*)\?=/i);
  const bytes = words.map((word, index) => {
    if (index % 2 === 0) return Buffer.from(word, 'latin1');
    const encoded = word.slice(2);
    return /^b/i.test(word)
      ? Buffer.from(encoded, 'base64')
      : Buffer.from(unquoted(encoded.replaceAll('_', ' ')), 'latin1');
  });
  return Buffer.concat(bytes).toString();
}

function unquoted(text: string): string {
  return text.replace(/=([0-9A-F]{2})/g, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A mail with line ends of one character, as it was sent. */
export function readMail(mail: string): Omit<ReceivedMail, 'to'> {
  const [head = ''] = mail.split('\n\n');
  const headers = head.replace(/\n[ \t]+/g, ' ');
  const [, boundary] = /^content-type: multipart\/.*boundary="([^"]+)"/im.exec(headers) ?? [];
  const parts = boundary ? mail.split(`--${boundary}`).map(part => part.trimStart()) : [mail];
  const partOf = (type: string) =>
    parts.find(part =>
      new RegExp(`^content-type: ${type}`, 'im').test(part.split('\n\n')[0] ?? ''),
    );
  return {
    subject: subjectOf(mail),
    headers,
    text: contentOf(partOf('text/plain') ?? ''),
    html: contentOf(partOf('text/html') ?? ''),
  };
}

function contentOf(part: string): string {
  const [head = '', ...rest] = part.split('\n\n');
  const body = rest.join('\n\n');
  if (/^content-transfer-encoding: base64/im.test(head)) {
    return Buffer.from(body, 'base64').toString();
  }
  return Buffer.from(unquoted(body.replace(/=\n/g, '')), 'latin1').toString();
}
