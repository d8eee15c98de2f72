/** Which of ClickHouse's errors are the rows' own: values that do not parse, convert, fit, or satisfy a constraint. */
import { isAny } from '../errors.ts'

/** Codes of ClickHouse's ErrorCodes.cpp; not CANNOT_READ_ALL_DATA, which is also what a connection cut short looks like. */
export const permanent: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['6', 'CANNOT_PARSE_TEXT'], ['25', 'CANNOT_PARSE_ESCAPE_SEQUENCE'], ['26', 'CANNOT_PARSE_QUOTED_STRING'], ['27', 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
  ['38', 'CANNOT_PARSE_DATE'], ['41', 'CANNOT_PARSE_DATETIME'], ['69', 'ARGUMENT_OUT_OF_BOUND'],
  ['70', 'CANNOT_CONVERT_TYPE'], ['72', 'CANNOT_PARSE_NUMBER'], ['117', 'INCORRECT_DATA'], ['128', 'TOO_LARGE_ARRAY_SIZE'], ['131', 'TOO_LARGE_STRING_SIZE'],
  ['321', 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'], ['349', 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'], ['407', 'DECIMAL_OVERFLOW'], ['469', 'VIOLATED_CONSTRAINT'],
])

/** All others may pass: memory, disk, too many parts, time-outs, a table that is read-only or was dropped. */
export const isPermanent = (error: unknown): boolean => isAny(error, ({ code }) => permanent.has(code))
