-- Work that outlives its request. None of it is captured. Sharded by account_id, and by its job.

-- Whoever takes a job moves `due_at` past the time it may need and counts `attempt` up, by which it is known to hold the job: one that
-- died holds it no longer than that.
CREATE TABLE jobs (
  job_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- null once an erasure is done
  kind       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- export, erasure
  state      VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- open, done, failed
  attempt    INT UNSIGNED NOT NULL,
  due_at     DATETIME(3) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  ended_at   DATETIME(3) NULL,
  expires_at DATETIME(3) NULL, -- when the row, and what it made, may go
  size_bytes INT UNSIGNED NULL, -- of what it made
  PRIMARY KEY (job_id),
  KEY jobs_due (state, due_at),
  KEY jobs_account (account_id),
  KEY jobs_expires_at (expires_at)
);

-- An export's zip, cut into pieces that are each sealed under the account's key.
CREATE TABLE export_parts (
  job_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  attempt INT UNSIGNED NOT NULL, -- that made it
  part    SMALLINT UNSIGNED NOT NULL,
  sealed  MEDIUMBLOB NOT NULL,
  PRIMARY KEY (job_id, attempt, part)
);
