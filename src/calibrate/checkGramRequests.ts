import { badArgument } from '../errors'
import type { GramRequest } from './gramRequest'

/**
 * Checks what the samples have no say in.
 * @throws OnnxpressError `BAD_ARGUMENT`
 */
export function checkGramRequests(requests: readonly GramRequest[]): void {
  const keys = new Set<string>()
  for (const request of requests) {
    const where = `Gram request ${JSON.stringify(request.key)}`
    if (keys.has(request.key)) throw badArgument('a key of its own', where, request.key)
    keys.add(request.key)
    requireIntegers([request.channels], 1, `channels of ${where}`)
    if (request.kind === 'conv') checkConv(request, where)
    else if (request.kind !== 'matmul' && request.kind !== 'channels')
      throw badArgument("'matmul', 'conv' or 'channels'", `kind of ${where}`, (request as GramRequest).kind)
  }
}

function checkConv(request: GramRequest & { kind: 'conv' }, where: string): void {
  const { kernel, strides, dilations, pads, group = 1, channels } = request
  requireIntegers(kernel, 1, `kernel of ${where}`)
  requireIntegers(strides ?? kernel, 1, `strides of ${where}`, kernel.length)
  requireIntegers(dilations ?? kernel, 1, `dilations of ${where}`, kernel.length)
  if (typeof pads === 'string') {
    if (pads !== 'SAME_UPPER' && pads !== 'SAME_LOWER')
      throw badArgument("integers, 'SAME_UPPER' or 'SAME_LOWER'", `pads of ${where}`, pads)
  } else if (pads) requireIntegers(pads, 0, `pads of ${where}`, 2 * kernel.length)
  requireIntegers([group], 1, `group of ${where}`)
  if (channels % group !== 0)
    throw badArgument(`a divisor of ${channels} channels`, `group of ${where}`, group)
}

function requireIntegers(
  numbers: readonly number[],
  least: number,
  where: string,
  count = numbers.length,
): void {
  const holds =
    numbers.length === count &&
    numbers.every((each) => Number.isInteger(each) && each >= least && each < 2 ** 31)
  if (!holds) throw badArgument(`${count} integers of at least ${least}`, where, numbers)
}
