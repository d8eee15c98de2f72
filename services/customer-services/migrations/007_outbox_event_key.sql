-- Erasing an account removes what its profiles told; a week of everybody's ratings is too much to look through in one transaction.
CREATE INDEX outbox_event_key ON outbox (event_key);
