// The tables that administrators can have as files.

export const EXPORTED = ['licenses', 'requests', 'purchases'] as const;

export type Exported = (typeof EXPORTED)[number];
