import type { Job } from './job.js';

/** Sends mail that could not be sent at once, and delivers notices. */
export const sendNotices: Job = {
  name: 'send-notices',
  run: async deps => ({ ...(await deps.sendNotices()), notices: await deps.deliverNotices() }),
};
