-- When a grant that an administrator gave for a time is taken back by itself.
ALTER TABLE license_grant ADD COLUMN expires_at timestamptz(6);
