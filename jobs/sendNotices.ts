import type { Job } from './job.js';

/** Mails links that could not be mailed at once, and delivers notices. */
export const sendNotices: Job = {
  name: 'send-notices',
  run: async deps => ({ ...(await deps.mailLinks()), notices: await deps.deliverNotices() }),
};
