-- What people show one another. Sharding key: profile_id for cards, relations and marks; title_id for reviews; subject_id for likes and
-- comments; list_id for lists and what is in them; text_id for texts.

-- What a profile is called among people. Public by its holder's choice, and searched, so it is not sealed; the topic is compacted, and who
-- leaves is written over before the row is removed, so that nothing of it stays.
CREATE TABLE social_profiles (
  profile_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  handle     VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NULL, -- lower case; null once the profile has left
  name       VARCHAR(60) NOT NULL,
  bio_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- a text
  is_private TINYINT(1) NOT NULL, -- only who was let in sees what the profile does
  version    BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (profile_id),
  UNIQUE KEY social_profiles_handle (handle),
  KEY social_profiles_account (account_id)
);

-- How one profile stands to another; the other's side is a row of its own.
CREATE TABLE relations (
  profile_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  other_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  follow      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- none, requested, following
  blocked     TINYINT(1) NOT NULL,
  muted       TINYINT(1) NOT NULL,
  followed_at DATETIME(3) NULL, -- or asked at
  version     BIGINT NOT NULL,
  updated_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (profile_id, other_id),
  KEY relations_other (other_id)
);

-- All prose: sealed under the account's key, in a compacted topic, written over before it is removed.
CREATE TABLE texts (
  text_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_sealed BLOB NOT NULL,
  version     BIGINT NOT NULL,
  updated_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (text_id),
  KEY texts_account (account_id)
);

CREATE TABLE reviews (
  review_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  profile_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  viewing_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- the diary's entry that it is of
  text_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  half_stars TINYINT UNSIGNED NULL, -- as its author gave them when it was written
  spoiler    TINYINT(1) NOT NULL,
  language   VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- published, hidden (by a moderator)
  edits      INT NOT NULL,
  version    BIGINT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (review_id),
  KEY reviews_title (title_id),
  KEY reviews_profile (profile_id)
);

-- A review as it was before an edit. Never captured.
CREATE TABLE review_edits (
  review_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  edit        INT NOT NULL,
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body_sealed BLOB NOT NULL,
  written_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (review_id, edit),
  KEY review_edits_account (account_id)
);

CREATE TABLE likes (
  subject_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  profile_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- title, review, list, comment
  liked_at     DATETIME(3) NOT NULL,
  version      BIGINT NOT NULL,
  PRIMARY KEY (subject_id, profile_id),
  KEY likes_profile (profile_id)
);

CREATE TABLE comments (
  comment_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- review, list
  parent_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- the comment that is answered; that has none itself
  profile_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  text_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state        VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- published, hidden
  version      BIGINT NOT NULL,
  created_at   DATETIME(3) NOT NULL,
  updated_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (comment_id),
  KEY comments_subject (subject_id),
  KEY comments_profile (profile_id)
);

-- Names of lists are searched, so they are not sealed; compacted and written over, as cards are.
CREATE TABLE lists (
  list_id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  profile_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind           VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- custom, watchlist, favourites
  name           VARCHAR(120) NOT NULL,
  description_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- a text
  visibility     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- public, unlisted, private
  ranked         TINYINT(1) NOT NULL,
  cloned_from    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL,
  version        BIGINT NOT NULL,
  created_at     DATETIME(3) NOT NULL,
  updated_at     DATETIME(3) NOT NULL,
  PRIMARY KEY (list_id),
  KEY lists_profile (profile_id, kind)
);

CREATE TABLE list_entries (
  list_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  place    VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- a fraction in base 62, compared as text
  note_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- a text
  added_by CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- a profile
  version  BIGINT NOT NULL,
  added_at DATETIME(3) NOT NULL,
  PRIMARY KEY (list_id, title_id),
  UNIQUE KEY list_entries_place (list_id, place)
);

CREATE TABLE list_collaborators (
  list_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  profile_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version    BIGINT NOT NULL,
  added_at   DATETIME(3) NOT NULL,
  PRIMARY KEY (list_id, profile_id),
  KEY list_collaborators_profile (profile_id)
);

-- How far a profile has read its notifications.
CREATE TABLE notification_marks (
  profile_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  read_at    DATETIME(3) NOT NULL, -- all that came until then
  version    BIGINT NOT NULL,
  PRIMARY KEY (profile_id)
);

-- None of what follows is captured.

CREATE TABLE reports (
  report_id     CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  subject_kind  VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- review, comment, list, profile
  subject_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reporter_id   CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason        VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- spam, abuse, spoiler, illegal, other
  note_sealed   BLOB NULL,
  state         VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- open, dismissed, upheld
  decided_by    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NULL, -- an account
  decided_at    DATETIME(3) NULL,
  created_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (report_id),
  UNIQUE KEY reports_once (subject_id, reporter_id),
  KEY reports_state (state, report_id),
  KEY reports_reporter (reporter_id),
  KEY reports_account (account_id)
);

-- How often an account has done what is limited, by the hour.
CREATE TABLE action_counts (
  account_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  action     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hour       INT NOT NULL, -- since the epoch
  count      INT NOT NULL,
  PRIMARY KEY (account_id, action, hour)
);

-- Destroying a row makes what the account has written unreadable.
CREATE TABLE social_keys (
  account_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  key_wrapped VARBINARY(128) NOT NULL,
  PRIMARY KEY (account_id)
);
