-- W3C trace context of the transaction that wrote the row; null unless that request is traced. It travels to Kafka with the row, so that
-- the views' workers go on with the request's own trace. A removal leaves its own, with '-gone' behind it, in the row it removes.
ALTER TABLE ratings ADD COLUMN traceparent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL, ALGORITHM = INSTANT;
