// Which mails a buyer does without, and in which language the others come. It is the buyer's own choice, for all
// licenses of the account.

import { LANGUAGES, type Language } from '../../domain/language.js';
import { OPTIONAL_MAIL_KINDS, type OptionalMailKind } from '../../domain/notice.js';
import { inTransaction } from '../database/transaction.js';
import { Prisma, type PrismaClient } from '../generated/client.js';

export type NoticeOwner = { accountId: string } | { licenseId: string };

export interface NoticeSettings {
  language: Language | null;
  /** Whether mails of the kind are sent. */
  notices: Record<OptionalMailKind, boolean>;
}

export interface NoticeSettingsChange {
  language?: Language | undefined;
  notices?: Partial<Record<OptionalMailKind, boolean | undefined>> | undefined;
}

export interface NoticeSettingsStore {
  /** Null if there is no such account. */
  read(owner: NoticeOwner): Promise<NoticeSettings | null>;
  /** Mails of a kind that is switched off are not sent either where they wait already. */
  change(owner: NoticeOwner, change: NoticeSettingsChange): Promise<NoticeSettings | null>;
}

export function createNoticeSettingsStore(prisma: PrismaClient): NoticeSettingsStore {
  return {
    async read(owner) {
      const [row] = await prisma.$queryRaw<Row[]>`
        SELECT language, muted_notices AS muted FROM account WHERE ${isOwner(owner)}`;
      return row ? settingsOf(row) : null;
    },
    change: (owner, { language, notices = {} }) =>
      inTransaction(prisma, async transaction => {
        const kinds = (wanted: boolean) =>
          OPTIONAL_MAIL_KINDS.filter(kind => notices[kind] === wanted);
        const [row] = await transaction.$queryRaw<Array<Row & { id: string }>>`
          UPDATE account SET language = coalesce(${language ?? null}, language),
            muted_notices = ARRAY(SELECT DISTINCT kind FROM unnest(
              muted_notices || ${kinds(false)}::text[]) AS each(kind)
              WHERE kind <> ALL (${kinds(true)}::text[]) ORDER BY kind)
          WHERE ${isOwner(owner)}
          RETURNING id, language, muted_notices AS muted`;
        if (!row) return null;
        await transaction.$executeRaw`
          DELETE FROM notice_delivery due USING license_notice told, license
          WHERE told.id = due.notice_id AND license.id = told.license_id
            AND license.account_id = ${row.id}::uuid AND told.kind = ANY (${row.muted}::text[])
            AND due.endpoint_id IS NULL AND due.state = 'pending'`;
        return settingsOf(row);
      }),
  };
}

interface Row {
  language: string | null;
  muted: string[];
}

function settingsOf({ language, muted }: Row): NoticeSettings {
  const notices = Object.fromEntries(
    OPTIONAL_MAIL_KINDS.map(kind => [kind, !muted.includes(kind)]),
  ) as NoticeSettings['notices'];
  return { language: LANGUAGES.find(each => each === language) ?? null, notices };
}

function isOwner(owner: NoticeOwner): Prisma.Sql {
  return 'accountId' in owner
    ? Prisma.sql`id = ${owner.accountId}::uuid`
    : Prisma.sql`id = (SELECT account_id FROM license WHERE license.id = ${owner.licenseId}::uuid)`;
}
