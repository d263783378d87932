export default {
  failed: 'This text cannot be shown now.',
} as const;
