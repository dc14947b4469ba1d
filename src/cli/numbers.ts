/** Numbers on the command line. */
import { InvalidArgumentError } from 'commander'

export function number(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Expected a number.')
  return value
}

export function wholeNumber(text: string): number {
  const value = number(text)
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('Expected a whole number.')
  return value
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text)
  if (value < 1) throw new InvalidArgumentError('Expected a whole number from 1.')
  return value
}

/** A share of 0 to 1; `0.3%` is understood too. */
export function share(text: string): number {
  const value = text.endsWith('%') ? number(text.slice(0, -1)) / 100 : number(text)
  if (value < 0 || value > 1)
    throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.003 or 0.3%.')
  return value
}

/** A share above 0 and below 1. */
export function openShare(text: string): number {
  const value = number(text)
  if (!(value > 0 && value < 1))
    throw new InvalidArgumentError('Expected a share above 0 and below 1, such as 0.95.')
  return value
}
