/**
 * Is a GitLab at least this old? Compares major and minor numbers; what cannot be read counts as the newest, because
 * releases without a plain number are GitLab's own.
 *
 * @param version - as the server tells it, such as `17.11.3-ee`
 * @param since - `major.minor` of the release that brought something
 */
export function isSince(version: string, since: string): boolean {
  const [major = 0, minor = 0] = since.split('.').map(Number);
  const told = /^(\d{1,4})\.(\d{1,4})/.exec(version);
  if (told === null) return true;
  const [ownMajor, ownMinor] = [Number(told[1]), Number(told[2])];
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
