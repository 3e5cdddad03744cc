import { readFileSync } from 'node:fs';

export const SHIPPED = ['standard', 'cautious', 'fast'] as const;
export type Shipped = (typeof SHIPPED)[number];

/** What is laid over a shipped playbook, by the key as it is written in the file. */
export type Overlay = Readonly<Record<string, string>>;

/** Windows of days instead of weeks, so that a whole rollout is a few dozen ticks. */
export const SHORT: Overlay = {
  window: '7d',
  every: '7d',
  soak: '2d',
  sweepEvery: '2d',
  minJobs: '3',
  minExercised: '0.3',
};

/** A shipped playbook with some of its values replaced where they stand, as a person edits it. */
export function shipped(name: Shipped | 'tighten', overlay: Overlay = SHORT): string {
  const file = new URL(`../../../playbooks/${name}.yaml`, import.meta.url);
  return Object.entries(overlay).reduce(
    (text, [key, value]) => {
      const place = new RegExp(`^( *${key}: ).*$`, 'm');
      if (!place.test(text)) throw new Error(`${name}.yaml has no ${key}`);
      return text.replace(place, `$1${value}`);
    },
    readFileSync(file, 'utf8'),
  );
}
