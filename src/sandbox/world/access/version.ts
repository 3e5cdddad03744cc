/** A GitLab version as two numbers; the patch level changes nothing here. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

/** Reads `18.5.0`, `18.5` or `18.5.0-ee`. */
export function parseVersion(text: string): Version {
  const [major = 0, minor = 0] = text.split('.').map((part) => Number.parseInt(part, 10));
  return { major, minor };
}

/** Whether a version is this one or a later one. */
export function isAtLeast(version: Version, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
