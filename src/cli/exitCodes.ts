/** What the command's exit status says. */

/** A check that was asked for failed: `compare --min-snr`. */
export const CHECK_FAILED = 1
/** Wrong usage, or input that cannot be worked with. */
export const BAD_INPUT = 2
/** Stopped by Ctrl+C (128 + SIGINT). */
export const STOPPED = 130
