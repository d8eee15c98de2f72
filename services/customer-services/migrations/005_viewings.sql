-- The film diary: one row for each time that a profile saw a title. Sharding key: profile_id, as of ratings.
CREATE TABLE viewings (
  viewing_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  profile_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title_id    CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  watched_on  DATE NULL,                 -- null: seen, and nobody knows when
  half_stars  TINYINT UNSIGNED NULL,     -- 1 to 10, of this time; the rating of the title is in `ratings`
  liked       TINYINT(1) NOT NULL,
  rewatch     TINYINT(1) NOT NULL,
  tags_sealed VARBINARY(1400) NULL,      -- a JSON array of the person's own words, AES-256-GCM under the account's key
  version     BIGINT NOT NULL,
  created_at  DATETIME(3) NOT NULL,
  updated_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (viewing_id),
  KEY viewings_profile (profile_id, watched_on),
  CONSTRAINT viewings_profile FOREIGN KEY (profile_id) REFERENCES profiles (profile_id)
);
