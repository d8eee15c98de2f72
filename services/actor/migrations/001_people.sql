-- People of the screen and what they are credited for. Sharding key: person_id for people, title_id for credits.

CREATE TABLE people (
  person_id  CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name       VARCHAR(200) NOT NULL,
  born_on    DATE NULL,
  died_on    DATE NULL,
  birthplace VARCHAR(200) NULL,
  biography  VARCHAR(4000) NULL,
  source_ref VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NULL,
  version    BIGINT NOT NULL, -- µs since the epoch, strictly increasing per person
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (person_id),
  UNIQUE KEY people_source_ref (source_ref)
);

-- No foreign key to titles: they belong to another service. The credit keeps the name as it stood on the screen.
CREATE TABLE credits (
  credit_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title_id       CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  person_id      CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  role           VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- cast | director | writer | producer | composer | cinematographer | editor | creator
  character_name VARCHAR(200) NOT NULL DEFAULT '',
  credited_as    VARCHAR(200) NOT NULL,
  billing        SMALLINT UNSIGNED NOT NULL, -- order within the role, from 1
  version        BIGINT NOT NULL,
  PRIMARY KEY (credit_id),
  UNIQUE KEY credits_once (title_id, person_id, role, character_name),
  KEY credits_person (person_id),
  CONSTRAINT credits_person FOREIGN KEY (person_id) REFERENCES people (person_id)
);
