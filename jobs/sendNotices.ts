import type { Job } from './job.js';

/** Sends mails with links that could not be sent at once, and delivers notices. */
export const sendNotices: Job = {
  name: 'send-notices',
  run: async deps => ({ ...(await deps.mailLinks()), notices: await deps.deliverNotices() }),
};
