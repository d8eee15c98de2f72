-- What a profile may watch and how it likes to be served. All of it may be null, which stands for what code says of new profiles: so that
-- no row has to be written for the columns to come, and Debezium emits nothing before its new contract is registered.
-- `preferences` holds one JSON document of closed vocabularies, no words of a person's own; views have to read it, so it is not sealed.
ALTER TABLE profiles
  ADD COLUMN avatar VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN maturity_limit SMALLINT UNSIGNED NULL,
  ADD COLUMN preferences VARCHAR(4000) CHARACTER SET ascii COLLATE ascii_bin NULL,
  ADD COLUMN preferences_version BIGINT NULL,
  ALGORITHM = INSTANT;

-- Never captured. Sharded with its profile.
CREATE TABLE profile_pins (
  profile_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  pin_hash     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- argon2id, under a secret derived from the master key
  failures     SMALLINT UNSIGNED NOT NULL, -- in a row
  locked_until DATETIME(3) NULL,
  PRIMARY KEY (profile_id)
);
