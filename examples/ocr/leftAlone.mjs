// What compression left alone, and why, out of the report's JSON.

/** Names shown for each reason; the rest are counted. */
const shown = 4

/** Groups by reason, the commonest first. */
function byReason(skipped) {
  const groups = new Map()
  for (const { at, reason } of skipped) groups.set(reason, [...(groups.get(reason) ?? []), at])
  return [...groups].sort(([, one], [, other]) => other.length - one.length)
}

function describe([reason, places]) {
  const rest = places.length > shown ? ` and ${places.length - shown} more` : ''
  return `  ${String(places.length).padStart(4)}  ${reason}\n        ${places.slice(0, shown).join(', ')}${rest}`
}

/**
 * Text for a terminal: each pass that left something alone, its reasons, how often and where.
 * @param {{ passes?: { name: string, skipped?: { at: string, reason: string }[] }[] }} report
 */
export function leftAlone({ passes = [] }) {
  const told = passes.filter(({ skipped = [] }) => skipped.length)
  if (!told.length) return 'Nothing was left alone.'
  return told
    .map(({ name, skipped }) => [`${name} left alone:`, ...byReason(skipped).map(describe)].join('\n'))
    .join('\n')
}
