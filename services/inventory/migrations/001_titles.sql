-- Titles and what belongs to them. Sharding key of every table: title_id.

CREATE TABLE genres (
  genre VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- slug: 'science-fiction'
  name  VARCHAR(64) NOT NULL,
  PRIMARY KEY (genre)
);

CREATE TABLE titles (
  title_id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind            VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- movie | series
  name            VARCHAR(300) NOT NULL,
  original_name   VARCHAR(300) NULL,
  release_year    SMALLINT UNSIGNED NULL,
  released_on     DATE NULL,
  runtime_minutes SMALLINT UNSIGNED NULL,
  mpaa_rating     VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
  studio          VARCHAR(200) NULL,
  synopsis        VARCHAR(4000) NULL,
  source_ref      VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL, -- where it was imported from: 'movielens:50'
  version         BIGINT NOT NULL, -- µs since the epoch, strictly increasing per title
  created_at      DATETIME(3) NOT NULL,
  updated_at      DATETIME(3) NOT NULL,
  PRIMARY KEY (title_id),
  UNIQUE KEY titles_source_ref (source_ref)
);

CREATE TABLE title_genres (
  title_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  genre    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (title_id, genre),
  CONSTRAINT title_genres_title FOREIGN KEY (title_id) REFERENCES titles (title_id),
  CONSTRAINT title_genres_genre FOREIGN KEY (genre) REFERENCES genres (genre)
);

CREATE TABLE seasons (
  title_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  season_number SMALLINT UNSIGNED NOT NULL,
  name          VARCHAR(300) NULL,
  released_on   DATE NULL,
  PRIMARY KEY (title_id, season_number),
  CONSTRAINT seasons_title FOREIGN KEY (title_id) REFERENCES titles (title_id)
);

CREATE TABLE episodes (
  title_id        CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  season_number   SMALLINT UNSIGNED NOT NULL,
  episode_number  SMALLINT UNSIGNED NOT NULL,
  name            VARCHAR(300) NOT NULL,
  runtime_minutes SMALLINT UNSIGNED NULL,
  aired_on        DATE NULL,
  PRIMARY KEY (title_id, season_number, episode_number),
  CONSTRAINT episodes_season FOREIGN KEY (title_id, season_number) REFERENCES seasons (title_id, season_number)
);
