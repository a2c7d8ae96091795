import { readProfile } from '../../src/evidence/read-profile.js';

/** Reads the profile named on the command line; prints what it cost, in seconds of processor time and megabytes. */
const before = process.cpuUsage();
const { profile } = await readProfile(process.argv[2] ?? '');
const used = process.cpuUsage(before);
console.log(
  JSON.stringify({
    cpuSeconds: (used.user + used.system) / 1e6,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    samples: profile.samples,
    nodes: profile.tree.size,
  }),
);
