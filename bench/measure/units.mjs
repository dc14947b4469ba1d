/** How figures are printed. */

export const seconds = (value) => (value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(2)} s`)

export const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`

export const times = (ratio) => `${ratio.toFixed(1)}x`
