import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { criticalPath, exclusiveDuration } from '../../src/models/critical-path.js';
import { resolveParents, type SpanTree, spanTree } from '../../src/models/span-tree.js';
import type { Suite } from '../main.js';

interface JaegerSpan {
  spanID: string;
  operationName: string;
  startTime: number;
  duration: number;
  processID: string;
  references?: { refType: string; spanID: string }[];
}
interface JaegerTrace {
  spans: JaegerSpan[];
  processes: Record<string, { serviceName: string }>;
}
interface JaegerCase {
  name: string;
  trace: JaegerTrace;
  expectedSections: { spanID: string; sectionStart: number; sectionEnd: number }[];
}
interface CrispCase {
  file: string;
  expectedCriticalPathExclusive: Record<string, number>;
}

/** Sections of the critical path against Jaeger UI, exclusive time on it against Uber's CRISP. */
export default {
  suite: 'traces/critical-path',
  about: 'critical-path sections of Jaeger UI, exclusive time of CRISP',
  async run(folder) {
    const jaeger: JaegerCase[] = JSON.parse(
      await readFile(join(folder, 'jaeger-critical-path-cases.json'), 'utf8'),
    );
    const crisp: CrispCase[] = JSON.parse(await readFile(join(folder, 'crisp-expected.json'), 'utf8'));
    const failed = jaeger.filter((c) => !agreesWithJaeger(c)).map((c) => c.name);
    const jaegerFailed = failed.length;
    for (const c of crisp) {
      const path = c.file.replace(/^crisp_test_cases\//, 'crisp/');
      const { data }: { data: JaegerTrace[] } = JSON.parse(await readFile(join(folder, path), 'utf8'));
      if (!agreesWithCrisp(data[0] as JaegerTrace, c.expectedCriticalPathExclusive)) failed.push(c.file);
    }
    const cases = jaeger.length + crisp.length;
    const rootAlone = jaeger.filter((c) => {
      const { root } = treeOf(c.trace);
      const span = c.trace.spans[root] as JaegerSpan;
      return (
        c.expectedSections.length === 1 &&
        c.expectedSections[0]?.sectionEnd === span.startTime + span.duration
      );
    }).length;
    const oneSpan = crisp.filter((c) => Object.keys(c.expectedCriticalPathExclusive).length === 1).length;
    return {
      cases,
      passed: cases - failed.length,
      jaegerUi: jaeger.length - jaegerFailed,
      crisp: crisp.length - (failed.length - jaegerFailed),
      baselines: { requestAlone: rootAlone + oneSpan },
      failed,
    };
  },
} satisfies Suite;

function treeOf(trace: JaegerTrace): { tree: SpanTree; root: number } {
  const reference = (s: JaegerSpan) => s.references?.[0];
  const { parent } = resolveParents(
    trace.spans.map((s) => s.spanID),
    trace.spans.map((s) => reference(s)?.spanID ?? ''),
  );
  const tree = spanTree({
    parent,
    start: Float64Array.from(trace.spans, (s) => s.startTime),
    end: Float64Array.from(trace.spans, (s) => s.startTime + s.duration),
    detached: Uint8Array.from(trace.spans, (s) => (reference(s)?.refType === 'FOLLOWS_FROM' ? 1 : 0)),
  });
  return { tree, root: parent.indexOf(-1) };
}

function agreesWithJaeger(c: JaegerCase): boolean {
  const { tree, root } = treeOf(c.trace);
  const path = criticalPath(tree, root);
  const found = [...path.span].map((row, i) => ({
    spanID: (c.trace.spans[row] as JaegerSpan).spanID,
    sectionStart: path.start[i] as number,
    sectionEnd: path.end[i] as number,
  }));
  return JSON.stringify(found) === JSON.stringify(c.expectedSections);
}

function agreesWithCrisp(trace: JaegerTrace, expected: Record<string, number>): boolean {
  const { tree, root } = treeOf(trace);
  const found: Record<string, number> = {};
  for (const [row, own] of exclusiveDuration(criticalPath(tree, root))) {
    const span = trace.spans[row] as JaegerSpan;
    const key = `[${trace.processes[span.processID]?.serviceName}] ${span.operationName}`;
    found[key] = (found[key] ?? 0) + own;
  }
  const keys = new Set([...Object.keys(found), ...Object.keys(expected)]);
  return [...keys].every((k) => k in found && k in expected && found[k] === expected[k]);
}
