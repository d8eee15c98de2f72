-- Tables every OLTP database carries, applied to `content` and `user` alike. None is sharded: each is local to its database.

-- What happened and why, written in the transaction of the state it explains; Debezium routes each row to the topic named in `topic`.
CREATE TABLE outbox (
  outbox_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  topic      VARCHAR(249) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_key  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event_type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload    MEDIUMBLOB NOT NULL, -- Avro in the registry's wire format: magic byte, schema id, body
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (outbox_id)
);

-- First answer to each Idempotency-Key, repeated to whoever sends the same key with the same request.
CREATE TABLE idempotency_keys (
  idempotency_key VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scope           VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- method and route
  request_sha256  BINARY(32) NOT NULL,
  status          SMALLINT UNSIGNED NOT NULL,
  headers         JSON NOT NULL,
  body            MEDIUMTEXT NOT NULL,
  created_at      DATETIME(3) NOT NULL,
  PRIMARY KEY (scope, idempotency_key),
  KEY idempotency_keys_created_at (created_at)
);

-- Debezium reads commands here (ad-hoc incremental snapshots) and writes its watermarks.
CREATE TABLE debezium_signal (
  id   VARCHAR(64) NOT NULL,
  type VARCHAR(32) NOT NULL,
  data VARCHAR(2048) NULL,
  PRIMARY KEY (id)
);

-- Debezium touches this row so that its offset advances in a database nobody writes to.
CREATE TABLE debezium_heartbeat (
  id  TINYINT UNSIGNED NOT NULL,
  beat_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
);
