-- As on `ratings`: the trace context of the transaction that wrote the row, null unless that request is traced.
ALTER TABLE titles ADD COLUMN traceparent VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL, ALGORITHM = INSTANT;
