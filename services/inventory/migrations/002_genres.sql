-- The vocabulary of genres. A title may have only these; another is another migration.

INSERT INTO genres (genre, name) VALUES
  ('action', 'Action'), ('adventure', 'Adventure'), ('animation', 'Animation'), ('biography', 'Biography'),
  ('children', 'Children'), ('comedy', 'Comedy'), ('crime', 'Crime'), ('documentary', 'Documentary'),
  ('drama', 'Drama'), ('family', 'Family'), ('fantasy', 'Fantasy'), ('film-noir', 'Film noir'),
  ('history', 'History'), ('horror', 'Horror'), ('music', 'Music'), ('musical', 'Musical'),
  ('mystery', 'Mystery'), ('news', 'News'), ('reality', 'Reality'), ('romance', 'Romance'),
  ('science-fiction', 'Science fiction'), ('sport', 'Sport'), ('talk-show', 'Talk show'),
  ('thriller', 'Thriller'), ('war', 'War'), ('western', 'Western');
