// Loaded into a measured process before anything else: writes what it used to a file when it ends.
import { writeFileSync } from 'node:fs';

process.on('exit', () => {
  const file = process.env['TIDEGATE_BENCH_USAGE'];
  if (file === undefined) return;
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  // Kilobytes and microseconds on every platform.
  writeFileSync(file, JSON.stringify({ peak: maxRSS * 1_024, cpuMs: (userCPUTime + systemCPUTime) / 1_000 }));
});
