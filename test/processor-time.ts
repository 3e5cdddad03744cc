/**
 * Starts to count this process's own work, so that a bound does not depend on what else the machine does.
 *
 * @returns milliseconds of processor time since then
 */
export function stopwatch(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}
