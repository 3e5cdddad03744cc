import { InvalidArgumentError } from 'commander';

/** A parser for whole numbers from `least` to `most`, for commander's options. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `Write a whole number, ${least} or more.`
        : `Write a whole number from ${least} to ${most}.`,
    );
  };
}
