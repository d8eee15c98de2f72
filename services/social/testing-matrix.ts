export const kindOf = 1
