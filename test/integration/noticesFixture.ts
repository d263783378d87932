// A service with webhook receivers, and helpers that cause notices.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as newId } from 'uuid';
import type { License } from '../../src/domain/license.js';
import type { Provider } from '../../src/domain/provider.js';
import type { NoticeView } from '../../src/store/notices/index.js';
import { readMail } from '../fakes/mailServer.js';
import { type Receiver, startReceiver } from '../fakes/webhookReceiver.js';
import { type Answer, type Service, startService } from '../harness/service.js';
import { shiftClock } from '../harness/testDatabase.js';

export interface Told {
  service: Service;
  receiver: Receiver;
  owner: string;
  /** The secret of the endpoint that gets every kind. */
  secret: string;
  endpointId: string;
  call(method: string, path: string, body?: object, token?: string): Promise<Answer>;
  /** Creates a license with 10 OpenRouter requests a month. */
  license(changes?: object): Promise<{ id: string; key: string }>;
  /** Does to the counters what chats do: holds and posts this many units, one after the other. */
  use(key: string, times: number, provider?: Provider): Promise<void>;
  hold(key: string): Promise<string>;
  post(holdId: string): Promise<void>;
  find(): Promise<void>;
  deliver(): Promise<Record<string, number>>;
  /** The kinds of a license's notices, oldest first: `allowance_80`. */
  kinds(licenseId: string): Promise<string[]>;
  notices(licenseId: string): Promise<NoticeView[]>;
  /** The texts of the mails in the outbox to an address. */
  mails(to: string): Promise<string[]>;
  /** Returns to the present and forgets what was received. Jobs that ran in another time may run again. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export async function startTold(): Promise<Told> {
  const service = await startService();
  const receiver = await startReceiver();
  const owner = await service.signInAs('owner');
  const { admin, chat } = service.deps;
  const call = (method: string, path: string, body?: object, token = owner) =>
    service.call(method, `/admin/api${path}`, { token, body });
  const made = await call('POST', '/webhook-endpoints', { url: `${receiver.url}/all?x=1` });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const told: Told = {
    service,
    receiver,
    owner,
    secret: made.body.secret as string,
    endpointId: (made.body.webhook_endpoint as { id: string }).id,
    call,
    async license(changes = {}) {
      const issued = await service.issue('vip');
      const limits = { openrouter: 10 };
      const changed = await call('PATCH', `/licenses/${issued.id}`, { limits, ...changes });
      if (changed.status !== 200) throw new Error(JSON.stringify(changed.body));
      return issued;
    },
    async use(key, times, provider = 'openrouter') {
      for (let time = 0; time < times; time++) await told.post(await holdOf(key, provider));
    },
    hold: key => holdOf(key, 'openrouter'),
    async post(holdId) {
      await chat.ledger.settle({ holdId, licenseId: '', outcome: 'posted', reason: 'success' });
    },
    async find() {
      const run = await admin.runJob('find-notices');
      if (run.outcome !== 'done') throw new Error(JSON.stringify(run));
    },
    async deliver() {
      const run = await admin.runJob('send-notices');
      if (run.outcome !== 'done') throw new Error(JSON.stringify(run));
      return (run.result as { notices: Record<string, number> }).notices;
    },
    async kinds(licenseId) {
      return (await told.notices(licenseId)).map(({ kind }) => kind);
    },
    async notices(license) {
      return (await admin.notices.list({ license, limit: 100 })).rows.reverse();
    },
    async mails(to) {
      const folder = join(service.directory, 'outbox');
      const names = await readdir(folder).catch(() => [] as string[]);
      const files = names.filter(name => name.endsWith('.eml')).sort();
      const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')));
      const theirs = texts.filter(text => text.includes(`To: ${to}`));
      return theirs.map(text => readMail(text.replaceAll('\r\n', '\n')).text);
    },
    async reset() {
      const { prisma } = service.database;
      await shiftClock(prisma, '0');
      // Jobs that ran in another time have leases that end in that time.
      await prisma.jobLease.deleteMany();
      receiver.answer = 200;
      receiver.received.length = 0;
    },
    async close() {
      await service.close();
      await receiver.close();
    },
  };

  return told;

  async function holdOf(key: string, provider: Provider): Promise<string> {
    const license = (await admin.licenses.findByKey(key)) as License;
    const { id: licenseId, keyId, version } = license;
    const holdId = newId();
    const want = { holdId, licenseId, keyId, version, provider, units: 1, model: 'm' };
    const held = await chat.ledger.hold(want);
    if (held.kind !== 'held') throw new Error(held.kind);
    return holdId;
  }
}
