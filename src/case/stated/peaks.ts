import type { Subject } from '../../domain/index.js';
import type { Frame } from '../frame.js';
import type { Read } from './read.js';

/** "1,100 req/s Monday morning, 400 req/s otherwise": beside a steady rate, a higher one without a word is a peak. */
export function withPeaks(frame: Frame, reads: readonly Read[], app: Subject): Read[] {
  return reads.map((r) => {
    if (r.fact.name !== 'throughput' || r.fact.phase !== 'any') return r;
    // "5,200 rpm midday, 21,000 rpm in the evening": of two rates of one thing the lower is the ordinary one.
    const pair = reads.filter(
      (s) =>
        s.fact.name === 'throughput' &&
        s.fact.phase === 'any' &&
        s.fact.subject.id === r.fact.subject.id &&
        frame.sentence[s.from] === frame.sentence[r.from],
    );
    const [a, b] = pair.map((s) => s.fact.value);
    if (pair.length === 2 && a !== undefined && b !== undefined && Math.max(a, b) >= 1.5 * Math.min(a, b))
      return { ...r, fact: { ...r.fact, phase: r.fact.value === Math.max(a, b) ? 'peak' : 'steady' } };
    // "burst 26,000 msgs/s, 2,000 msgs/s between": beside a peak, a far lower rate is the ordinary one.
    const peak = reads.find(
      (s) =>
        s.fact.name === 'throughput' &&
        s.fact.phase === 'peak' &&
        s.fact.subject.id === r.fact.subject.id &&
        frame.sentence[s.from] === frame.sentence[r.from],
    );
    if (peak && peak.fact.value >= 1.5 * r.fact.value) return { ...r, fact: { ...r.fact, phase: 'steady' } };
    if (r.fact.subject.id !== app.id) return r;
    const steady = reads.find(
      (s) =>
        s.fact.name === 'throughput' &&
        s.fact.phase === 'steady' &&
        s.fact.subject.id === app.id &&
        frame.sentence[s.from] === frame.sentence[r.from],
    );
    return steady && steady.fact.value < r.fact.value ? { ...r, fact: { ...r.fact, phase: 'peak' } } : r;
  });
}
