import type { Job } from './job.js';

/** Sends the mail that could not be sent when there was something to tell, and delivers notices. */
export const sendNotices: Job = {
  name: 'send-notices',
  run: async deps => ({ ...(await deps.sendNotices()), notices: await deps.deliverNotices() }),
};
