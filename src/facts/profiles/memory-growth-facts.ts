import {
  type Block,
  derived,
  type Fact,
  heading,
  measured,
  name,
  num,
  paragraph,
  type Subject,
  say,
  slug,
  table,
} from '../../domain/index.js';
import { memoryGrowth } from './memory-growth.js';
import type { GivenProfile } from './profile-facts.js';

/** Frames of the way to an object that are shown. */
const SHOWN_WAY = 5;

/**
 * What grew between the heap snapshot of before and that of the trouble, by type of object, and what keeps it. Nothing
 * unless both are there: one snapshot alone says what is large, not what grows.
 */
export function memoryGrowthFacts(
  given: readonly GivenProfile[],
  about: Subject,
): { facts: Fact[]; blocks: Block[] } {
  const snapshots = given.filter((g) => g.profile.format === 'heapsnapshot');
  const before = snapshots.find((g) => g.source.role === 'baseline');
  const after = snapshots.find((g) => g.source.role !== 'baseline');
  const growth = before && after && memoryGrowth(before.profile, after.profile);
  if (!growth || growth.types.length === 0) return { facts: [], blocks: [] };
  const facts: Fact[] = [];
  const bytes = (what: string, phase: 'baseline' | 'incident', value: number, path: string): Fact =>
    measured({ name: what, subject: about, phase, value, unit: 'bytes' }, [{ kind: 'file', path }]);
  const rows = growth.types.map((t) => {
    const was = bytes(`heap.type.${slug(t.type)}`, 'baseline', t.bytes.before, before.source.path);
    const is = bytes(`heap.type.${slug(t.type)}`, 'incident', t.bytes.after, after.source.path);
    const part = derived(
      {
        name: `heap.kept.${slug(t.type)}`,
        subject: about,
        phase: 'incident',
        value: t.underOwner,
        unit: 'ratio',
      },
      'growth on this way ÷ growth of the type',
      [was, is],
    );
    facts.push(was, is, part);
    const way = t.path.length > SHOWN_WAY ? [...t.path.slice(0, SHOWN_WAY - 1), '…', t.type] : t.path;
    return [
      say`${name(t.type)}`,
      say`${num(was)}`,
      say`${num(is)}`,
      say`${name(way.join(' → '))}`,
      say`${num(part)}`,
    ];
  });
  return {
    facts,
    blocks: [
      heading(say`What grew in the heap of ${name(about.name)}`),
      table(['Type of object', '> Before', '> Now', 'Kept by', '> Of its growth'], rows),
      paragraph(
        say`Two snapshots count every object. What grew is a leak if both were taken at equal load after a full collection; else it may be work in hand. The first of each way is the nearest owner whose own kind did not become more.`,
      ),
    ],
  };
}
