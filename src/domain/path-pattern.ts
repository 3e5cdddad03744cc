import picomatch from 'picomatch';

/** Path patterns compare without case, as GitLab's paths do; `*` stays within one segment, `**` crosses them. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const matches = picomatch(pattern.toLowerCase(), { dot: true, nonegate: true, noextglob: true });
  return (path) => matches(path.toLowerCase());
}
