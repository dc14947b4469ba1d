/** Data as JSON can hold it. */

/**
 * Plain data for `JSON.stringify`: infinities and NaN become the texts `"Infinity"`, `"-Infinity"` and `"NaN"`, which
 * JSON would turn into null; bigints and what is no data become text too.
 */
export function toJson(value: unknown): unknown {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function')
    return String(value)
  if (value === null || typeof value !== 'object') return value
  if (value instanceof RegExp || Object.prototype.toString.call(value) === '[object RegExp]')
    return String(value)
  if (ArrayBuffer.isView(value) && 'length' in value)
    return Array.from(value as unknown as ArrayLike<unknown>, toJson)
  if (Array.isArray(value)) return value.map(toJson)
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON()
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  return Object.fromEntries(
    entries.filter(([, each]) => each !== undefined).map(([key, each]) => [String(key), toJson(each)]),
  )
}
