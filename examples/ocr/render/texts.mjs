// What the lines say: words, numbers, dates, prices, codes, addresses, and some Chinese.

import { phrases, words } from './words.mjs'

const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ'
const pad = (value) => String(value).padStart(2, '0')
const capital = (word) => word[0].toUpperCase() + word.slice(1)
const repeat = (count, make) => Array.from({ length: count }, make)

/**
 * The kinds of text, each a function of the random numbers and of a picker of words. Spaces stand only where nobody would
 * leave them out: a narrow gap after a comma or a bracket is a matter of taste, and would measure that instead of reading.
 * @type {Record<string, (random: import('./random.mjs').Random, word: () => string) => string>}
 */
const kinds = {
  words: (random, word) => repeat(random.integer(3, 5), word).join(' '),
  sentence: (random, word) => `${capital(repeat(random.integer(3, 5), word).join(' '))}${random.pick('.?!')}`,
  title: (random, word) => repeat(random.integer(2, 4), () => capital(word())).join(' '),
  capitals: (random, word) => repeat(random.integer(1, 3), word).join(' ').toUpperCase(),
  pair: (_, word) => `${capital(word())} ${word()} & ${word()} ${word()}`,
  bracketed: (_, word) => `(${capital(word())} ${word()})`,
  price: (random, word) =>
    `${capital(word())} ${word()} $${random.integer(1, 999)}.${pad(random.integer(0, 99))}`,
  total: (random) =>
    `TOTAL:${random.integer(1, 98)},${random.integer(100, 999)}.${pad(random.integer(0, 99))} USD`,
  isoDate: (random) =>
    `${random.integer(1987, 2031)}-${pad(random.integer(1, 12))}-${pad(random.integer(1, 28))}`,
  longDate: (random) => `${random.integer(1, 28)} ${random.pick(months)} ${random.integer(1950, 2039)}`,
  time: (random, word) => `${capital(word())} ${pad(random.integer(0, 23))}:${pad(random.integer(0, 59))}`,
  phone: (random) =>
    `+${random.integer(1, 99)}-${random.integer(200, 999)}-${random.integer(100, 999)}-${random.integer(1000, 9999)}`,
  email: (random, word) => `${word()}.${word()}@${word()}.${random.pick(['com', 'org', 'net', 'io'])}`,
  link: (random, word) => `www.${word()}-${word()}.${random.pick(['com', 'org', 'dev'])}/${word()}`,
  serial: (random) =>
    repeat(
      random.integer(2, 4),
      () => random.pick(letters) + random.pick(letters) + random.integer(23, 989),
    ).join('-'),
  number: (random) => `${random.integer(100000, 99999999)}`,
  percent: (random, word) => `${capital(word())} ${word()} ${random.integer(1, 99)}.${random.integer(1, 9)}%`,
  sum: (random) =>
    `${random.integer(20, 999)}+${random.integer(20, 999)}-${random.integer(20, 999)}=${random.integer(10, 9999)}`,
  address: (random, word) =>
    `${random.integer(2, 999)} ${capital(word())} ${capital(word())} ${random.pick(['Street', 'Road', 'Lane'])}`,
  reference: (random, word) =>
    `${capital(word())} #${random.integer(100, 9999)}/${pad(random.integer(1, 36))}`,
}

/** Text of a Chinese line: a phrase, or a phrase with a number. */
function chineseText(random, set) {
  const phrase = random.pick(phrases[set])
  if (random.chance(0.6)) return phrase
  return random.pick([
    `${phrase}：${random.integer(10, 9999)}`,
    `${phrase}${random.integer(2, 99)}号`,
    `${phrase}，${random.pick(phrases[set])}`,
  ])
}

/**
 * A drawer of texts that never draws the same one twice.
 * @param {import('./random.mjs').Random} random
 * @param {'calibration' | 'held-out'} set
 */
export function createTexts(random, set) {
  const seen = new Set()
  const word = () => random.pick(words[set])
  const make = (chinese) =>
    chinese ? chineseText(random, set) : kinds[random.pick(Object.keys(kinds))](random, word)
  return (chinese) => {
    for (;;) {
      const text = make(chinese)
      if (seen.has(text)) continue
      seen.add(text)
      return text
    }
  }
}
