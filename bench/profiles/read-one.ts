import { readFileSync } from 'node:fs';
import { readProfile } from '../../src/evidence/read-profile.js';

/** Reads the profile named on the command line; prints what it cost, in seconds of processor time and megabytes. */
const before = process.cpuUsage();
const { profile } = await readProfile(process.argv[2] ?? '');
const used = process.cpuUsage(before);
console.log(
  JSON.stringify({
    cpuSeconds: (used.user + used.system) / 1e6,
    peakRssMb: peakMb(),
    samples: profile.samples,
    nodes: profile.tree.size,
  }),
);

/** The process's own peak: what getrusage says begins with that of the process that started it. */
function peakMb(): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}
