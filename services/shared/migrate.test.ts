import { expect, test } from 'vitest'
import { statementsOf } from './migrate.ts'

test('a file is cut where a line ends a statement, comments with it', () => {
  expect(
    statementsOf('-- why; and how\n\nCREATE TABLE a (\n  b INT -- not; here,\n);\nINSERT INTO a VALUES (1); -- done\n\n-- the end\n'),
  ).toEqual(['-- why; and how\n\nCREATE TABLE a (\n  b INT -- not; here,\n)', 'INSERT INTO a VALUES (1)'])
})

test('a semicolon within a line ends nothing', () => {
  expect(statementsOf("INSERT INTO a VALUES ('x;y');\n")).toEqual(["INSERT INTO a VALUES ('x;y')"])
})
