/** Guesses what was meant. */

/** ` (did you mean "simplify"?)`, or nothing where no known word is near. */
export function didYouMean(word: string, known: Iterable<string>): string {
  let best: { name: string; distance: number } | undefined
  for (const name of known) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase())
    if (!best || distance < best.distance) best = { name, distance }
  }
  const isNear = best && best.distance <= Math.max(2, Math.floor(best.name.length / 3))
  return best && isNear ? ` (did you mean ${JSON.stringify(best.name)}?)` : ''
}

/** Letters to add, drop or change (Levenshtein); long words are not looked at to the end. */
export function editDistance(a: string, b: string): number {
  const [from, to] = [a.slice(0, 64), b.slice(0, 64)]
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
