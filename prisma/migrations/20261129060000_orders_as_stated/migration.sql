-- Orders as their shops state them: what of an order is known under which id, what a line sold where the shop
-- may change it, and the books of each order.

-- Another id under which the shop tells of the same order has no license and no account of its own.
ALTER TABLE purchase_order ADD COLUMN same_as TEXT;
-- A part of another order: one piece of a line that issues a license for each piece.
ALTER TABLE purchase_order ADD COLUMN part_of TEXT;
ALTER TABLE purchase_order ADD COLUMN part_line TEXT;
ALTER TABLE purchase_order ADD COLUMN piece INTEGER;
-- An administrator said whose it is: what the shop names from then on changes nothing.
ALTER TABLE purchase_order ADD COLUMN is_assigned BOOLEAN NOT NULL DEFAULT false;
-- Why an administrator closed it without effect; null for all others.
ALTER TABLE purchase_order ADD COLUMN settled TEXT;
-- The shop's own id of who bought it.
ALTER TABLE purchase_order ADD COLUMN customer_id TEXT;
-- Whether its movements of money are written as its facts have them.
ALTER TABLE purchase_order ADD COLUMN is_booked BOOLEAN NOT NULL DEFAULT false;

-- The end of the plan that counts now, where another follows that ends later; null otherwise.
ALTER TABLE license ADD COLUMN plan_until TIMESTAMPTZ(6);

ALTER TABLE purchase_line ADD COLUMN sold_as TEXT NOT NULL DEFAULT '';
DROP INDEX purchase_line_shop_order_id_line_id_key;
CREATE UNIQUE INDEX purchase_line_shop_order_id_line_id_sold_as_key
  ON purchase_line (shop, order_id, line_id, sold_as);

-- Tested against new rows only: the next migration looks at the others, beside the service.
ALTER TABLE purchase_fact DROP CONSTRAINT purchase_fact_kind;
ALTER TABLE purchase_fact ADD CONSTRAINT purchase_fact_kind CHECK (kind = ANY (ARRAY['bought',
  'renewed', 'stated', 'credited', 'changed', 'cancelled', 'restored', 'refunded', 'disputed',
  'dispute_won', 'dispute_lost'])) NOT VALID;

-- A fact that another release writes makes the books of its order stale.
CREATE FUNCTION sahm_order_is_unbooked() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  UPDATE purchase_order SET is_booked = false
  WHERE shop = NEW.shop AND order_id = NEW.order_id AND is_booked AND same_as IS NULL;
  RETURN NULL;
END
$$;
CREATE TRIGGER purchase_fact_unbooked AFTER INSERT ON purchase_fact
  FOR EACH ROW EXECUTE FUNCTION sahm_order_is_unbooked();

-- The money of an order: computed from its facts, and replaced with them.
CREATE TABLE purchase_movement (
  shop TEXT NOT NULL,
  order_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  reference TEXT NOT NULL,
  id UUID NOT NULL,
  at TIMESTAMPTZ(6) NOT NULL,
  items TEXT NOT NULL DEFAULT '',
  quantity BIGINT,
  amount BIGINT,
  currency TEXT,
  tax BIGINT,
  uncounted TEXT NOT NULL DEFAULT '',
  CONSTRAINT purchase_movement_pkey PRIMARY KEY (shop, order_id, kind, reference),
  CONSTRAINT purchase_movement_shop_order_id_fkey FOREIGN KEY (shop, order_id)
    REFERENCES purchase_order (shop, order_id) ON UPDATE CASCADE ON DELETE RESTRICT,
  CONSTRAINT purchase_movement_kind CHECK (kind = ANY (ARRAY['paid', 'refunded', 'disputed'])),
  CONSTRAINT purchase_movement_amount CHECK (amount >= 0 AND (amount IS NULL) = (currency IS NULL)),
  CONSTRAINT purchase_movement_currency CHECK (currency ~ '^[A-Z]{3}$')
);
CREATE UNIQUE INDEX purchase_movement_id_key ON purchase_movement (id);
CREATE INDEX purchase_movement_at_idx ON purchase_movement (at);

-- An event that waits is failed when this has passed; it is null for one that never waited.
ALTER TABLE purchase_event ADD COLUMN waits_until TIMESTAMPTZ(6);
-- The shop's names of what the order has that the catalogue did not know: it is read again when it does.
ALTER TABLE purchase_event ADD COLUMN unknown_products TEXT[] NOT NULL DEFAULT '{}';
