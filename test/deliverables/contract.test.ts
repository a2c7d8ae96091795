import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { loadModule, parseSync } from 'libpg-query';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Deliverable, plain } from '../../src/domain/index.js';
import { deliverablesOf, HOSTILE, hostilePrompt, make, PROMPTS } from './cases.js';
import { wrongThresholds } from './k6-thresholds.js';

const CASES: readonly (readonly [string, string])[] = [
  ...PROMPTS,
  ...HOSTILE.map((name) => [`hostile: ${name}`, hostilePrompt(name)] as const),
];

beforeAll(() => loadModule());

describe.each(CASES)('the files of %s', (title, prompt) => {
  it('are there: load, alerts or runbook', async () => {
    const { deliverables } = await deliverablesOf(prompt);
    const kinds = new Set(deliverables.map((d) => d.kind));
    for (const kind of ['load', 'alerts', 'runbook'] as const) expect(kinds, title).toContain(kind);
  });

  it('have paths of fixed words, each once, and one command', async () => {
    const { deliverables } = await deliverablesOf(prompt);
    const paths = deliverables.map((d) => d.path);
    expect(new Set(paths).size).toBe(paths.length);
    for (const d of deliverables) {
      expect(d.path).toMatch(/^[a-z]+\/[a-z0-9.-]+$/);
      expect(plain(d.use)).not.toContain('\n');
      expect(plain(d.use).length).toBeGreaterThan(10);
    }
  });

  it('parse in their own language', async () => {
    const { deliverables, files } = await deliverablesOf(prompt);
    for (const d of deliverables) await parses(d, files.get(d.path) ?? '');
  });

  it('hold no broken value', async () => {
    const { files } = await deliverablesOf(prompt);
    for (const [path, text] of files)
      expect(text, path).not.toMatch(/\bundefined\b|\bNaN\b|\[object|Infinity/);
  });

  it('are the same a second time', async () => {
    const { files } = await deliverablesOf(prompt);
    expect([...(await make(prompt)).files]).toEqual([...files]);
  });
});

describe.each(HOSTILE)('a case whose names are %s', (name) => {
  it('puts none of it into a file as code', async () => {
    const { files } = await deliverablesOf(hostilePrompt(name));
    for (const [path, text] of files) {
      for (const harm of [
        'DROP TABLE orders;',
        '<script',
        '</script',
        '${process',
        '{{ $labels',
        '[[x]]',
        '@all',
        '$(id)',
        '`rm',
        '*/ evil',
        '../..',
      ])
        expect(text.includes(harm), `${path} holds ${harm}`).toBe(false);
    }
  });

  it('keeps statements to those of the same case with a plain name', async () => {
    const kinds = async (prompt: string): Promise<string[]> =>
      [...(await deliverablesOf(prompt)).files]
        .filter(([path]) => path.endsWith('.sql'))
        .flatMap(([, text]) => (parseSync(text).stmts ?? []).map((s) => Object.keys(s.stmt ?? {})[0] ?? ''));
    const hostile = new Set(await kinds(hostilePrompt(name)));
    const tame = new Set(await kinds(hostilePrompt('stock')));
    // What else our own templates write; ANALYZE is parsed as a kind of VACUUM.
    const templates = ['SelectStmt', 'VariableSetStmt', 'VacuumStmt'];
    for (const kind of hostile) expect([...tame, ...templates]).toContain(kind);
  });
});

async function parses(d: Deliverable, text: string): Promise<void> {
  switch (d.language) {
    case 'json':
      expect(() => JSON.parse(text), d.path).not.toThrow();
      return;
    case 'yaml':
      for (const doc of parseAllDocuments(text, { uniqueKeys: true })) expect(doc.errors, d.path).toEqual([]);
      return;
    case 'javascript': {
      const { warnings } = await transform(text, { loader: 'js', format: 'esm' });
      expect(warnings, d.path).toEqual([]);
      if (d.stack === 'k6') expect(wrongThresholds(text), d.path).toEqual([]);
      return;
    }
    case 'sql':
      if (d.stack === 'PostgreSQL') expect(() => parseSync(text), `${d.path}\n${text}`).not.toThrow();
      else expect(text.split('\n').every((l) => l === '' || l.length > 0)).toBe(true);
      return;
    case 'bash': {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
      expect(stderr, d.path).toBe('');
      expect(status).toBe(0);
      return;
    }
    case 'hcl': {
      // Strings first: what is left has only names, numbers and brackets that close.
      const bare = text.replace(/"(?:\\.|[^"\\\n])*"/g, 's');
      expect(bare, d.path).not.toMatch(/["'`]/);
      expect(text, d.path).not.toMatch(/[^$]\$\{(?!path\.module|var\.|datadog_)/);
      let depth = 0;
      for (const c of bare) {
        if ('{[('.includes(c)) depth++;
        if ('}])'.includes(c)) depth--;
        expect(depth, d.path).toBeGreaterThanOrEqual(0);
      }
      expect(depth, d.path).toBe(0);
      return;
    }
    case 'markdown':
      expect((text.match(/^```/gm) ?? []).length % 2, d.path).toBe(0);
      return;
    default:
      expect(text.length).toBeGreaterThan(0);
  }
}

describe('k6 scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-k6-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  it('pass the type-check with the types of k6', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const paths: string[] = [];
    for (const [i, [, prompt]] of CASES.entries()) {
      const script = (await deliverablesOf(prompt)).files.get('load/k6.js');
      if (script === undefined) continue;
      const path = join(folder, `k6-${i}.js`);
      writeFileSync(path, script);
      paths.push(path);
    }
    expect(paths).toHaveLength(CASES.length);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          allowJs: true,
          checkJs: true,
          noEmit: true,
          strict: true,
          target: 'ES2020',
          module: 'ESNext',
          moduleResolution: 'Bundler',
          lib: ['ES2020'],
          types: ['k6'],
          typeRoots: [join(root, 'node_modules/@types')],
          paths: {
            k6: [join(root, 'node_modules/@types/k6')],
            'k6/*': [join(root, 'node_modules/@types/k6/*')],
          },
          skipLibCheck: true,
        },
        files: paths,
      }),
    );
    const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
      encoding: 'utf8',
    });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});

describe('dashboards', () => {
  it.each(CASES.slice(0, 4))(
    'have ids, refIds, units and a data source in every panel: %s',
    async (_, prompt) => {
      const text = (await deliverablesOf(prompt)).files.get('dashboard/grafana.json');
      if (text === undefined) return;
      const { panels, templating } = JSON.parse(text) as Dashboard;
      const ids = panels.map((p) => p.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(templating.list.map((v) => v.type)).toContain('datasource');
      for (const p of panels.filter((x) => x.type !== 'row' && x.type !== 'text')) {
        expect(p.datasource?.uid).toMatch(/^\$\{datasource\}$/);
        expect(p.fieldConfig?.defaults.unit, p.title).toBeTruthy();
        expect(p.description, p.title).toBeTruthy();
        const refs = p.targets?.map((t) => t.refId) ?? [];
        expect(refs.length).toBeGreaterThan(0);
        expect(new Set(refs).size).toBe(refs.length);
      }
      for (const a of panels)
        for (const b of panels)
          if (a.id < b.id) expect(overlap(a.gridPos, b.gridPos), `${a.title} / ${b.title}`).toBe(false);
    },
  );
});

interface Grid {
  x: number;
  y: number;
  w: number;
  h: number;
}
interface Dashboard {
  panels: {
    id: number;
    type: string;
    title: string;
    description?: string;
    gridPos: Grid;
    datasource?: { uid: string };
    fieldConfig?: { defaults: { unit?: string } };
    targets?: { refId: string; expr: string }[];
  }[];
  templating: { list: { type: string }[] };
}
const overlap = (a: Grid, b: Grid): boolean =>
  a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;

describe('runbooks', () => {
  it.each(CASES)('have an entry for each alert, and every link leads somewhere: %s', async (_, prompt) => {
    const { files } = await deliverablesOf(prompt);
    const runbook = files.get('alerts/runbook.md') ?? '';
    const anchors = new Set(
      [...runbook.matchAll(/^#+ (.*)$/gm)].map((m) =>
        (m[1] ?? '')
          .toLowerCase()
          .replace(/[^\p{L}\p{N} _-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    );
    for (const [, to] of runbook.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors, to).toContain(to);
    const entries = (runbook.split(/^## By alert$/m)[1] ?? '').split(/^### /m).slice(1);
    expect(entries.length).toBeGreaterThan(3);
    for (const entry of entries)
      expect([...entry.matchAll(/^- \*\*(\w+)\*\*: \S/gm)].map((m) => m[1])).toEqual([
        'Meaning',
        'Impact',
        'Diagnosis',
        'Mitigation',
        'Verification',
        'Escalation',
      ]);
    for (const [, to] of (files.get('alerts/rules.yml') ?? '').matchAll(/runbook_url: runbook\.md#(\S+)/g))
      expect(anchors, to).toContain(to);
  });
});
