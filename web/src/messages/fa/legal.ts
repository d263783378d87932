import type { Translation } from '../files.js';

export default {
  failed: 'این متن اکنون نمایش داده نمی‌شود.',
} satisfies Translation<'legal'>;
