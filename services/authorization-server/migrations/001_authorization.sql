-- How people sign in, what applications they let act for them, and keys that tokens are signed with. Sharding key: account_id, but for
-- signing_keys (one small table for all) and mails. No table here is captured: nothing of it goes into topics.

CREATE TABLE credentials (
  account_id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  password_hash     VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL, -- argon2id, as a PHC string
  roles             VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- separated by spaces
  key_wrapped       VARBINARY(128) NOT NULL, -- of what is sealed here, under the master key
  totp_sealed       VARBINARY(255) NULL, -- secret of the second factor; null while there is none
  totp_last_step    BIGINT NULL, -- time step of the last code taken: no code is good twice
  email_verified_at DATETIME(3) NOT NULL,
  updated_at        DATETIME(3) NOT NULL,
  PRIMARY KEY (account_id)
);

CREATE TABLE passkeys (
  credential_id VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- base64url, as the authenticator says
  account_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  public_key    VARBINARY(1024) NOT NULL, -- COSE
  counter       BIGINT NOT NULL,
  transports    VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name          VARCHAR(64) NOT NULL,
  created_at    DATETIME(3) NOT NULL,
  used_at       DATETIME(3) NULL,
  PRIMARY KEY (credential_id),
  KEY passkeys_account (account_id)
);

CREATE TABLE recovery_codes (
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  code_digest BINARY(32) NOT NULL, -- HMAC-SHA-256; the row goes when the code is used
  PRIMARY KEY (account_id, code_digest)
);

-- Links in mails: to confirm an address, to choose a new password.
CREATE TABLE one_time_tokens (
  token_digest BINARY(32) NOT NULL, -- SHA-256
  purpose      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- null until there is an account
  key_wrapped  VARBINARY(128) NOT NULL,
  body_sealed  BLOB NOT NULL,
  expires_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (token_digest),
  KEY one_time_tokens_account (account_id),
  KEY one_time_tokens_expiry (expires_at)
);

-- A sign-in of a person in an application: what they granted it, until it is ended.
CREATE TABLE sign_ins (
  session_id   CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- base64url SHA-256 of the grant's id; `sid` in tokens
  account_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  client_id    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  browser_uid  VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL, -- of the browser's session it was granted in
  device       VARCHAR(120) NOT NULL,
  payload      JSON NOT NULL, -- the grant, without its id
  signed_in_at DATETIME(3) NOT NULL,
  expires_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (session_id),
  KEY sign_ins_account (account_id, signed_in_at),
  KEY sign_ins_expiry (expires_at)
);

CREATE TABLE refresh_tokens (
  token_digest BINARY(32) NOT NULL, -- SHA-256 of the token, which is nowhere
  session_id   CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload      JSON NOT NULL, -- without the token
  issued_at    DATETIME(3) NOT NULL,
  consumed_at  DATETIME(3) NULL, -- kept after that, to see it used again
  expires_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (token_digest),
  KEY refresh_tokens_session (session_id),
  KEY refresh_tokens_expiry (expires_at)
);

CREATE TABLE signing_keys (
  generation  INT UNSIGNED NOT NULL, -- 1, 2, 3…: two that rotate at once want the same one, and one of them gets it
  kid         CHAR(43) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- RFC 7638 thumbprint
  key_wrapped VARBINARY(128) NOT NULL,
  jwk_sealed  VARBINARY(1024) NOT NULL,
  signs_from  DATETIME(3) NOT NULL,
  PRIMARY KEY (generation)
);

-- Letters that are to be sent; each is removed when the mail server has taken it.
CREATE TABLE mails (
  mail_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  key_wrapped VARBINARY(128) NOT NULL,
  letter_sealed MEDIUMBLOB NOT NULL, -- address and text
  attempts    INT UNSIGNED NOT NULL,
  next_at     DATETIME(3) NOT NULL,
  expires_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (mail_id),
  KEY mails_next (next_at)
);
