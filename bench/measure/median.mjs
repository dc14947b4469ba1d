/** The middle of the sorted numbers; of an even count, the mean of the two in the middle. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Of measurements of one job, each number's median; what is no number comes from the first. */
export function medians(measurements) {
  const [first] = measurements
  return Object.fromEntries(
    Object.entries(first).map(([name, value]) => [
      name,
      typeof value === 'number' ? median(measurements.map((each) => each[name])) : value,
    ]),
  )
}
