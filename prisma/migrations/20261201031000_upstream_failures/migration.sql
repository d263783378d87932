-- The newest failure of calls to each provider's upstream, for administrators.
CREATE TABLE upstream_failure (
  provider text NOT NULL PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  model text NOT NULL,
  code text NOT NULL,
  reason text NOT NULL,
  words text
);
