/** An option's value. Throws, with the option's name and its bounds, on anything else than a whole number between them. */
export function wholeNumber(name: string, text: string, min: number, max: number): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < min || value > max) throw new Error(`reading ${name}: '${text}' is not a whole number from ${min} to ${max}`)
  return value
}
