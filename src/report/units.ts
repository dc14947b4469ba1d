/** Numbers with their units, for people. */

/** `10.83 MB`: powers of 1000, as file managers and disks count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(2)} ${units[power]}`
}

export function formatMilliseconds(seconds: number): string {
  const milliseconds = seconds * 1000
  return `${milliseconds < 1000 ? milliseconds.toPrecision(3) : milliseconds.toFixed(0)} ms`
}

export function formatDb(db: number): string {
  if (db === Number.POSITIVE_INFINITY) return 'equal'
  return `${db.toFixed(1)} dB`
}

/** `0.280×` */
export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(3)}×` : '–'
}

/** A share of 0 to 1 as per cent, for reading only. */
export function formatShare(share: number | undefined): string {
  return share === undefined ? '–' : `${(share * 100).toFixed(2)}%`
}

export function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}

/** A metric of the caller's, whose size is not known. */
export function formatMetric(metric: number | undefined): string {
  return metric === undefined ? '–' : String(Number(metric.toPrecision(6)))
}
