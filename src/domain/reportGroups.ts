// What the rows of a report can be of.

/** For the requests of one license. */
export const USAGE_GROUPS = ['day', 'model', 'provider', 'key', 'user'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** For the requests of all licenses. */
export const TOTAL_GROUPS = ['day', 'model', 'provider', 'plan', 'license', 'key', 'user'] as const;
export type TotalGroup = (typeof TOTAL_GROUPS)[number];

/** What decides which rows are shown, where there are too many. */
export const TOTAL_SORTS = ['requests', 'cost'] as const;
export type TotalSort = (typeof TOTAL_SORTS)[number];

/** For the cost beside what buyers paid. */
export const SALES_GROUPS = ['day', 'month', 'plan', 'license', 'order'] as const;
export type SalesGroup = (typeof SALES_GROUPS)[number];
