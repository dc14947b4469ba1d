/** What all reports in HTML have in common. */

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d2430 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
table { border-collapse: collapse } th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums }
tr + tr td { border-top: 1px solid #e3e7ee }
.warning { background: #fff1e5; border-left: 4px solid #d9480f; padding: .6rem 1rem; font-weight: 600 }
code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere } .places { color: #5b6675 }
svg text { font: 12px ui-monospace, monospace; fill: #1d2430 }
@media (prefers-color-scheme: dark) {
  body { background: #14181f; color: #dfe5ee } tr + tr td { border-color: #2b3340 }
  .warning { background: #3a2416 } .places { color: #93a0b3 } svg text { fill: #dfe5ee }
}`

/**
 * A whole page; nothing is loaded and no script runs, whatever a model's names hold.
 * @param title plain text without markup
 * @param body markup, escaped where it comes from elsewhere
 */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
<h1>${title}</h1>
${body}
</html>
`
}
