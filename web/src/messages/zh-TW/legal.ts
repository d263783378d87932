import type { Translation } from '../files.js';

export default {
  failed: '目前無法顯示此內容。',
} satisfies Translation<'legal'>;
