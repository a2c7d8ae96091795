import { describe, expect, it } from 'vitest';
import { interpretProfile } from '../../src/facts/profiles/interpret.js';
import { barsOf, flameGraph } from '../../src/report/flame/graph.js';
import { flamePage } from '../../src/report/flame/page.js';
import { flameSvg } from '../../src/report/flame/svg.js';
import { readContent } from '../evidence/readers/profiles/made.js';

const HOSTILE = '</script><img src=x onerror=alert(1)>';

const graphOf = async (text: string) => {
  const { profile } = await readContent(text);
  const seen = interpretProfile(profile);
  return { profile, seen, graph: flameGraph(profile, 0, seen) };
};

describe('a flame graph', () => {
  it('is left heavy: the heaviest child comes first, bars lie within their callers', async () => {
    const { graph } = await graphOf('a;light 100\na;heavy 300\nb 50\n');
    const bars = barsOf(graph, 0);
    const named = new Map(bars.map((b) => [graph.names[graph.name[b.node] ?? 0], b]));
    expect(named.get('heavy')?.x).toBe(0);
    expect(named.get('light')?.x).toBeCloseTo(300 / 450);
    expect(named.get('a')?.width).toBeCloseTo(400 / 450);
  });

  it('keeps the sum when small frames are left out', async () => {
    const { graph } = await graphOf(
      `${Array.from({ length: 3000 }, (_, i) => `main;f${i} ${i + 1}`).join('\n')}\n`,
    );
    expect(graph.self.reduce((a, b) => a + b, 0)).toBe(graph.total);
  });

  it('escapes names of functions, in the drawing and in the page’s data', async () => {
    const { profile, seen, graph } = await graphOf(`main;${HOSTILE} 500\nmain;b 1\n`);
    const svg = flameSvg(graph, { title: HOSTILE, standalone: true });
    const page = flamePage({
      title: HOSTILE,
      profile,
      sampleType: 0,
      causes: [],
      causeOfNode: seen.causeOfNode,
      notes: [HOSTILE],
    });
    expect(svg).not.toContain('<img');
    expect(page).not.toContain('<img');
    expect(page.match(/<\/script>/g)).toHaveLength(2);
  });

  it('has everything inside and its numbers as tables', async () => {
    const { profile, seen } = await graphOf('main;work 500\nmain;other 100\n');
    const page = flamePage({
      title: 'x',
      profile,
      sampleType: 0,
      causes: seen.causes.map((c) => ({ ...c, place: 'work', line: undefined })),
      causeOfNode: seen.causeOfNode,
      notes: [],
    });
    expect(page).not.toMatch(/(?:src|href)="https?:/);
    expect(page).toMatch(/<table>.*work.*83/s);
    expect(page).toContain('<svg');
  });

  it('offers flame, sandwich and icicle by their names', async () => {
    const { profile, seen } = await graphOf('main;work 500\n');
    const page = flamePage({
      title: 'x',
      profile,
      sampleType: 0,
      causes: [],
      causeOfNode: seen.causeOfNode,
      notes: [],
    });
    expect(page).toContain('Flame: root below');
    expect(page).toContain('Sandwich: callers and callees');
    expect(page).toContain('(an icicle)');
  });

  it('is the same for the same profile', async () => {
    const one = await graphOf('a;b 3\na;c 3\nd 3\n');
    const two = await graphOf('d 3\na;c 3\na;b 3\n');
    const draw = (g: typeof one) => flameSvg(g.graph, { title: 't', standalone: true });
    expect(draw(one)).toBe(draw(two));
  });
});
