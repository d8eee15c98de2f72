-- Accounts, profiles and ratings. Sharding key: account_id for accounts, keys and profiles; profile_id for ratings.

CREATE TABLE accounts (
  account_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  email_sealed VARBINARY(600) NOT NULL, -- AES-256-GCM under the account's key
  email_index  BINARY(32) NOT NULL,     -- HMAC-SHA-256 of the normalised address: finds it without revealing it
  country      CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
  version      BIGINT NOT NULL,
  created_at   DATETIME(3) NOT NULL,
  updated_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (account_id),
  UNIQUE KEY accounts_email (email_index)
);

-- Never captured: destroying a row makes everything sealed under it unreadable (crypto-shredding).
CREATE TABLE account_keys (
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  key_wrapped VARBINARY(128) NOT NULL, -- the account's key, sealed under the master key
  PRIMARY KEY (account_id)
);

CREATE TABLE profiles (
  profile_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name_sealed VARBINARY(400) NOT NULL,
  language    VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kids        TINYINT(1) NOT NULL,
  version     BIGINT NOT NULL,
  created_at  DATETIME(3) NOT NULL,
  updated_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (profile_id),
  KEY profiles_account (account_id),
  CONSTRAINT profiles_account FOREIGN KEY (account_id) REFERENCES accounts (account_id)
);

CREATE TABLE ratings (
  profile_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  half_stars TINYINT UNSIGNED NOT NULL, -- 1 to 10: 0.5 to 5 stars
  rated_at   DATETIME(3) NOT NULL,
  version    BIGINT NOT NULL, -- µs since the epoch, strictly increasing per profile and title, across removal too
  PRIMARY KEY (profile_id, title_id),
  KEY ratings_title (title_id),
  CONSTRAINT ratings_profile FOREIGN KEY (profile_id) REFERENCES profiles (profile_id)
);
