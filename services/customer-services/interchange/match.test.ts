import { expect, test } from 'vitest'
import { matchFilm, normalName, type Candidate } from './match.ts'

const rows: readonly (readonly [string, string, string | null, number | null])[] = [
  ['matrix', 'The Matrix', null, 1999], ['godfather', 'The Godfather', null, 1972], ['godfather2', 'The Godfather: Part II', null, 1974],
  ['amelie', 'Amélie', 'Le Fabuleux Destin d’Amélie Poulain', 2001], ['et', 'E.T. the Extra-Terrestrial', null, 1982],
  ['psycho60', 'Psycho', null, 1960], ['psycho98', 'Psycho', null, 1998], ['red', 'Three Colors: Red', 'Trois couleurs: Rouge', 1994],
  ['white', 'Three Colors: White', null, 1994], ['rocky2', 'Rocky II', null, 1979], ['rocky3', 'Rocky III', null, 1982],
  ['birdman', 'Birdman', null, 2014], ['cats', 'When the Cats Away', null, 1996], ['lovers', 'Romeo + Juliet', null, 1996],
  ['seven', 'Seven', null, 1995], ['it', 'It', null, 2017], ['avventura', "L'avventura", null, 1960], ['boot', 'Das Boot', null, 1981],
  ['unknown', 'Unknown Year', null, null], ['loan', 'The Good, The Bad and The Ugly', null, 1966], ['crash04', 'Crash', null, 2004],
  ['crash05', 'Crash', null, 2006], ['mash', 'M*A*S*H', null, 1970], ['alien', 'Alien', null, 1979], ['aliens', 'Aliens', null, 1986],
  ['district', 'Łódź Øre', null, 2003], ['signs', '???', null, 1990], ['hard', 'Hard', null, 1988], ['diehard', 'Die Hard', null, 1988],
  ['dracula', 'Dracula', null, 1992], ['twin1', 'Twins', null, 1988], ['twin2', 'Twins', null, 1988],
]
const titles: readonly Candidate[] = rows.map(([title_id, name, original_name, release_year]) => ({ title_id, name, original_name, release_year }))

const expected: readonly (readonly [string, number | null, string | undefined, ('exact' | 'near')?])[] = [
  ['The Matrix', 1999, 'matrix', 'exact'],
  ['Matrix, The', 1999, 'matrix', 'exact'],
  ['the  MATRIX', 1999, 'matrix', 'exact'],
  ['Matrix', 1999, 'matrix', 'near'],
  ['The Matrix', 2000, 'matrix', 'near'],
  ['The Matrix', 1998, 'matrix', 'near'],
  ['The Matrix', 2001, undefined],
  ['The Matrix', null, 'matrix', 'near'],
  ['The Godfather', 1972, 'godfather', 'exact'],
  ['The Godfather Part II', 1974, 'godfather2', 'exact'],
  ['The Godfather Part III', 1974, undefined],
  ['Amelie', 2001, 'amelie', 'exact'],
  ["Le Fabuleux Destin d'Amélie Poulain", 2001, 'amelie', 'exact'],
  ["Fabuleux destin d'Amélie Poulain, Le", 2001, 'amelie', 'exact'],
  ['ET the extraterrestrial', 1982, 'et', 'exact'],
  ['Psycho', 1960, 'psycho60', 'exact'],
  ['Psycho', 1997, 'psycho98', 'near'],
  ['Psycho', null, undefined],
  ['Three Colours: Red', 1994, 'red', 'near'],
  ['Three Colors: Blue', 1994, undefined],
  ['Three Colors', 1994, undefined],
  ['Rocky II', 1979, 'rocky2', 'exact'],
  ['Rocky II', 1982, undefined],
  ['Rocky 3', 1982, undefined],
  ['Birdman or (The Unexpected Virtue of Ignorance)', 2014, 'birdman', 'near'],
  ["When the Cat's Away", 1996, 'cats', 'exact'],
  ['Romeo & Juliet', 1996, 'lovers', 'exact'],
  ['Romeo and Juliet', 1996, 'lovers', 'exact'],
  ['Se7en', 1995, 'seven', 'near'],
  ['Avventura, L\'', 1960, 'avventura', 'exact'],
  ['Boot, Das', 1981, 'boot', 'exact'],
  ['Unknown Year', 1980, 'unknown', 'near'],
  ['Crash', 2005, undefined],
  ['MASH', 1970, 'mash', 'exact'],
  ['Aliens', 1979, 'alien', 'near'],
  ['Lodz Ore', 2003, 'district', 'exact'],
  ['???', 1990, 'signs', 'exact'],
  ['Die Hard', 1988, 'diehard', 'exact'],
  ['Bram Stoker’s Dracula', 1992, undefined],
  ['Twins', 1988, undefined],
  ['Rats', 1996, undefined],
  ['Id', 2017, undefined],
]
test.each(expected.map(([name, year, title_id, how]) => ({ name, year, title_id, how })))('$name ($year) is $title_id, $how', ({ name, year, title_id, how }) => {
  const { found } = matchFilm({ name, year }, titles)
  expect([found?.title_id, found?.how]).toEqual([title_id, how])
})

test('what is not sure is told as alternatives, the likeliest first', () => {
  const ids = (name: string, year: number | null): readonly string[] => matchFilm({ name, year }, titles).alternatives.map(({ title_id }) => title_id)
  expect(ids('Psycho', null)).toEqual(['psycho60', 'psycho98'])
  expect(ids('Crash', 2005)).toEqual(['crash04', 'crash05'])
  expect(ids('The Matrix', 2003)).toEqual(['matrix'])
  expect(ids('Bram Stoker’s Dracula', 1992)).toEqual(['dracula'])
  expect(ids('Psycho', 1960)).toEqual(['psycho98'])
  expect(ids('Nothing at all', 1960)).toEqual([])
})
test('a name from the other side of the file is looked at too', () => {
  expect(matchFilm({ name: 'Rouge', year: 1994, original_name: 'Trois couleurs : Rouge' }, titles).found).toEqual({ title_id: 'red', how: 'exact', score: 1 })
})
test('the answer does not hang on the order of candidates', () => {
  for (const name of ['Psycho', 'Crash', 'Twins', 'Alien', 'Die Hard']) {
    expect(matchFilm({ name, year: 1988 }, titles.toReversed())).toEqual(matchFilm({ name, year: 1988 }, titles))
  }
})
test('a name of signs alone is itself', () => expect([normalName('???'), normalName('Matrix, The'), normalName('8½')]).toEqual(['???', 'the matrix', '81 2']))
