/**
 * Text like `/pattern/flags` as a pattern, any other text as it is: how recipes and the command line write `keep`.
 * @throws SyntaxError for a pattern that is none
 */
export function parsePattern(text: string): string | RegExp {
  const [, source, flags] = /^\/(.+)\/([dimsuv]*)$/s.exec(text) ?? []
  return source === undefined ? text : new RegExp(source, flags)
}
