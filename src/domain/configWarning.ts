// What is probably configured wrongly although the service serves: told at start, in /readyz and by `sahm doctor`.

export interface ConfigWarning {
  /** A variable of the environment, or what else it is about. */
  about: string;
  message: string;
}

/** What replicas must share, and what goes wrong where they do not. */
const SHARED: Record<string, string> = {
  JWT_SECRET: 'Who signs in at one is not signed in at another.',
  KEY_PEPPER: 'Each refuses license keys that another made.',
  KEY_ENCRYPTION_KEY: 'Each cannot show license keys that another made.',
  CATALOG_DIR:
    'They sell and serve different things: reload the catalogue, or give all the same files.',
  PUBLIC_URL: 'Links in mails lead to different addresses.',
  REDIS_URL: 'They do not count rate limits and concurrency together.',
  SMTP_URL: 'Which of them sends a mail is chance: it may reach nobody.',
  CORS_ORIGINS: 'Web pages may call some of them and not others.',
  ENVELOPE_HOSTS: 'The same request is answered in different forms.',
  PLAN_GRACE_DAYS:
    'How long a plan goes on after its end depends on which of them reads the order.',
  SUBSCRIPTION_GRACE_DAYS:
    'How long a plan goes on after its end depends on which of them reads the order.',
  HOLDERS_SEE_COST: 'Some of them show holders what requests cost the shop.',
  RESPONSES_RETENTION_HOURS:
    'Responses are kept or not by chance, and end when the shortest of these times is over.',
  RECEIPT_PUBLIC_KEYS: 'Receipts that are right at one are signed with an unknown key at another.',
  MAIL_FROM: 'Mails come from different senders.',
  SHOP_NAME: 'Mails and pages call the shop by different names.',
  ADMIN_EMAIL: 'Whether and where the operator is told of what failed is chance.',
  MEDIA_DIR: 'A generated file is only found at the one that made it: give all the same folder.',
  MEDIA_S3_BUCKET:
    'A generated file is only found at those that use the bucket in which it lies: give all the same.',
};

export function replicasDiffer(name: string): ConfigWarning {
  const why = SHARED[name] ?? '';
  const message = `${name} is not the same in all processes that serve from this database. ${why}`;
  return { about: name, message: message.trim() };
}

export function clockDiffers(aheadMs: number): ConfigWarning {
  const seconds = Math.abs(Math.round(aheadMs / 1000));
  const message = `The clock of this process is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the database's. Sessions end, and signatures of shops count as old, at the wrong time: set it by NTP.`;
  return { about: 'clock', message };
}

export function mediaFolderIsUnusable(directory: string): ConfigWarning {
  const message = `Nothing can be written into ${directory}: generated images, audio and videos cannot be kept. Give it to the user that Sahm runs as, or set MEDIA_DIR to another folder.`;
  return { about: 'MEDIA_DIR', message };
}

/** `outbox` is the folder into which they are written. */
export function mailsReachNobody(outbox: string): ConfigWarning {
  const message = `SMTP_URL is not set: mails are written to ${outbox} and reach nobody.`;
  return { about: 'SMTP_URL', message };
}

export function mistyped({ name, meant }: { name: string; meant: string }): ConfigWarning {
  return { about: name, message: `Nothing reads ${name}, and ${meant} is not set. Was it meant?` };
}

const SECRETS = {
  jwtSecret: 'JWT_SECRET',
  keyPepper: 'KEY_PEPPER',
  keyEncryptionKey: 'KEY_ENCRYPTION_KEY',
} as const;

/** Those that are the same text as one before them. */
export function alikeSecrets(
  secrets: {
    [Name in keyof typeof SECRETS]?: string;
  },
): ConfigWarning[] {
  const names = Object.keys(SECRETS) as Array<keyof typeof SECRETS>;
  const given = names
    .map(name => [SECRETS[name], secrets[name]] as const)
    .filter(([, secret]) => secret !== undefined);
  return given.flatMap(([about, secret], index) => {
    const before = given.findIndex(([, each]) => each === secret);
    if (before === index) return [];
    const first = given[before]?.[0];
    const message = `${about} is the same text as ${first}: whoever learns one of them has both. Give each a random one of its own; docs/security.md says what changing it ends.`;
    return [{ about, message }];
  });
}

export function passwordIsUnused(): ConfigWarning {
  const message =
    'ADMIN_PASSWORD is set, but there are administrators already: it changes nothing. Remove it; a lost password is replaced by: sahm admin reset-password EMAIL';
  return { about: 'ADMIN_PASSWORD', message };
}

/** A provider without an API key. */
export function providerIsOff(variable: string, models: number): ConfigWarning {
  const message = `${variable} is not set: ${models} models of the catalogue are answered with 503. Set it, or take them out of models.json (SANDBOX=on lets the sandbox answer, for rehearsals).`;
  return { about: variable, message };
}

export function sandboxServes(variable: string): ConfigWarning {
  const message = `${variable} is not set, and SANDBOX is on: the sandbox answers, and customers are charged for it.`;
  return { about: variable, message };
}

/** A shop of which something is set, but not the secret of its webhook. */
export function shopIsOff(variable: string): ConfigWarning {
  const message = `${variable} is not set: the shop is off, although its address or credentials are set, and nothing that is paid there counts. Set it, or take the others out.`;
  return { about: variable, message };
}

export function catalogLacks(fault: string): ConfigWarning {
  return { about: 'CATALOG_DIR', message: fault };
}
