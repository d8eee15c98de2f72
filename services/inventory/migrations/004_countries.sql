-- Countries of origin. Sharding key: title_id, as of all that belongs to a title.
CREATE TABLE title_countries (
  title_id CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  country  CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- ISO 3166-1 alpha-2, upper case
  PRIMARY KEY (title_id, country),
  CONSTRAINT title_countries_title FOREIGN KEY (title_id) REFERENCES titles (title_id)
);
