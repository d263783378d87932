// The reasons why the service does not accept chats.

export const NOT_READY = {
  starting: 'The first administrator is being made.',
  stopping: 'The service is ending.',
  database_unreachable:
    'The database does not answer. See that it runs, and that DATABASE_URL leads to it.',
  database_overloaded: 'The database has no connection or memory left for us. See its log.',
  database_read_only:
    'The database may only be read: a standby, or default_transaction_read_only. Lead us to the primary, or make it writable.',
  database_full: 'The disk of the database is full. Make room.',
  time_zone_unknown: 'The database does not know the zone QUOTA_TIME_ZONE. Set one that it knows.',
  schema_too_old:
    'The database lacks migrations of this release: it was restored or changed. Start this release anew.',
  schema_too_new:
    'The database was changed by a release that this one does not agree with. Start the newer release.',
  database_fault: 'The database refuses what a chat asks of it. See the log.',
} as const;
export type NotReady = keyof typeof NOT_READY;
