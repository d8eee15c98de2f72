-- The sweep of counts finds those of hours that are over.
CREATE INDEX action_counts_hour ON action_counts (hour);

-- `state` may be restored: what had been hidden is shown again. Who had hidden it stays in decided_by.
ALTER TABLE reports
  ADD COLUMN restored_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- an account
  ADD COLUMN restored_at DATETIME(3) NULL;

-- What is removed piece by piece: its own row is gone, and what was said of it, or is in it, goes until nothing is left. Never captured.
CREATE TABLE removals (
  subject_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- review, list
  owner_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- the profile whose it was
  PRIMARY KEY (subject_id),
  KEY removals_owner (owner_id)
);
