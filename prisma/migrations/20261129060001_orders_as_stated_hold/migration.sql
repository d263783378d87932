-- What looks at all rows, apart from what locks them.
ALTER TABLE purchase_fact VALIDATE CONSTRAINT purchase_fact_kind;
CREATE INDEX purchase_order_shop_same_as_idx ON purchase_order (shop, same_as);
CREATE INDEX purchase_order_shop_part_of_idx ON purchase_order (shop, part_of);
CREATE INDEX purchase_order_unbooked ON purchase_order (created_at) WHERE NOT is_booked;
CREATE INDEX purchase_event_unknown ON purchase_event USING gin (unknown_products) WHERE unknown_products <> '{}';
