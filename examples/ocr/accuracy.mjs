// How well text was read: characters right and lines right.

/**
 * Edits (insert, delete, replace one character) that turn one text into the other: Levenshtein's distance, by code points.
 * @param {string} from
 * @param {string} to
 */
export function editDistance(from, to) {
  const source = [...from]
  const target = [...to]
  let previous = target.map((_, index) => index + 1)
  previous.unshift(0)
  for (const [row, character] of source.entries()) {
    const current = [row + 1]
    for (const [column, other] of target.entries()) {
      const replaced = previous[column] + (character === other ? 0 : 1)
      current.push(Math.min(replaced, previous[column + 1] + 1, current[column] + 1))
    }
    previous = current
  }
  return previous[target.length]
}

/**
 * Accuracy over a set of lines. Spaces count as characters.
 * @param {{ text: string, read: string }[]} lines the true text and what was read
 * @returns `charactersRight` = 1 − edits / characters (can be negative), `linesRight`: both ratios; and the counts
 */
export function accuracyOf(lines) {
  let edits = 0
  let characters = 0
  let right = 0
  for (const { text, read } of lines) {
    edits += editDistance(read, text)
    characters += [...text].length
    if (read === text) right++
  }
  return {
    lines: lines.length,
    characters,
    edits,
    charactersRight: characters ? 1 - edits / characters : 0,
    linesRight: lines.length ? right / lines.length : 0,
  }
}
