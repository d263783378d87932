// The files of texts. The English ones define which texts exist; the other languages have the same.

import type account from './en/account.js';
import type admin from './en/admin.js';
import type adminJobs from './en/adminJobs.js';
import type adminLicense from './en/adminLicense.js';
import type adminWork from './en/adminWork.js';
import type claim from './en/claim.js';
import type docs from './en/docs.js';
import type docsClients from './en/docsClients.js';
import type docsErrors from './en/docsErrors.js';
import type docsGuide from './en/docsGuide.js';
import type home from './en/home.js';
import type namedKeys from './en/namedKeys.js';
import type playground from './en/playground.js';
import type signIn from './en/signIn.js';
import type ui from './en/ui.js';

export interface Files {
  account: typeof account;
  admin: typeof admin;
  adminJobs: typeof adminJobs;
  adminLicense: typeof adminLicense;
  adminWork: typeof adminWork;
  claim: typeof claim;
  docs: typeof docs;
  docsClients: typeof docsClients;
  docsErrors: typeof docsErrors;
  docsGuide: typeof docsGuide;
  home: typeof home;
  namedKeys: typeof namedKeys;
  playground: typeof playground;
  signIn: typeof signIn;
  ui: typeof ui;
}

/** The forms of a text that depend on a number, with the names of Intl.PluralRules. */
export interface Plural {
  zero?: string;
  one?: string;
  two?: string;
  few?: string;
  many?: string;
  other: string;
}

export type Text = string | Plural;

/** A file in another language. It has exactly the texts of the English one. */
export type Translation<File extends keyof Files> = {
  [Key in keyof Files[File]]: Files[File][Key] extends string ? string : Plural;
};
