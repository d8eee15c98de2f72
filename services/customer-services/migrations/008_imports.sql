-- What people bring along from elsewhere, row by row, until they remove it. None of it is captured. Sharded by profile_id, and with its import.
CREATE TABLE imports (
  import_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  profile_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  source     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- letterboxd, imdb
  state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- matching, ready, applying, applied
  job_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- that works on it, or did last
  version    BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  applied_at DATETIME(3) NULL, -- when that ended last
  PRIMARY KEY (import_id),
  KEY imports_profile (profile_id),
  KEY imports_account (account_id),
  KEY imports_job (job_id)
);

CREATE TABLE import_rows (
  import_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `row_number` INT UNSIGNED NOT NULL, -- from 0
  kind         VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state        VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- of what it becomes: the same whenever the same file is brought
  of_row       INT UNSIGNED NULL, -- of an entry: its list's row; of a review: its viewing's
  title_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
  matched      VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL, -- exact, near, hand
  alternatives VARCHAR(400) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- title_ids, by commas
  found_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- of what is there in its place
  resolution   VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NULL, -- take, skip
  outcome      VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL, -- of a refusal: its code
  why          VARCHAR(300) NULL, -- of a refusal: its words, which quote nothing
  row_sealed   MEDIUMBLOB NOT NULL, -- what it says, AES-256-GCM under the account's key
  PRIMARY KEY (import_id, `row_number`),
  KEY import_rows_state (import_id, state, kind)
);
