const LARGEST_SLACK_MS = 3_600_000;

/**
 * The pause before work that is to be done again every so often, in milliseconds: 5 % less than asked for, at most an
 * hour less. A daily cron job whose last inventory ended at 08:03 must find the next one due at 08:00, not come in vain
 * and again a whole day later.
 */
export const rhythm = (everyMs: number): number => everyMs - Math.min(everyMs / 20, LARGEST_SLACK_MS);
