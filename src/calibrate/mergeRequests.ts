import { OnnxpressError } from '../errors'
import type { StatisticRequest } from './statistics'

/**
 * Requests with each value once.
 * @throws OnnxpressError `BAD_ARGUMENT` when one value's means are wanted along two axes.
 */
export function mergeRequests(requests: readonly StatisticRequest[]): StatisticRequest[] {
  const merged = new Map<string, StatisticRequest>()
  for (const request of requests) {
    const { value, channelAxis } = request
    const before = merged.get(value)
    if (before?.channelAxis === undefined) merged.set(value, request)
    else if (channelAxis !== undefined && channelAxis !== before.channelAxis)
      throw twoAxes(before, channelAxis)
  }
  return [...merged.values()]
}

function twoAxes({ value, channelAxis }: StatisticRequest, other: number): OnnxpressError {
  const message = `Means of ${JSON.stringify(value)} are wanted along axis ${channelAxis} and along axis ${other}; ask for one of them`
  return new OnnxpressError('BAD_ARGUMENT', message, { at: value })
}
