import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import type { SpanRow } from '../answers.js';
import type { TraceTree } from './tree.js';

const ROW_PX = 24;

/**
 * The spans of a trace on one time line, the critical path in the accent colour. Only the rows in sight exist, so that fifty
 * thousand spans scroll as ten do. Arrow keys move, left and right fold and unfold, and the span in hand is described.
 */
export function Waterfall({ of }: { of: TraceTree }) {
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [onlyPath, setOnlyPath] = useState(false);
  const [at, setAt] = useState(0);
  const rows = useMemo(() => visible(of, folded, onlyPath), [of, folded, onlyPath]);
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const current = Math.min(at, rows.length - 1);
  const chosen = rows[current];
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    list.scrollToIndex(next);
  };
  const fold = (row: number, closed: boolean): void =>
    setFolded((before) => {
      const after = new Set(before);
      if (closed) after.add(row);
      else after.delete(row);
      return after;
    });
  const key = (e: KeyboardEvent): void => {
    const page = 20;
    const steps: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + page,
      PageUp: current - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = steps[e.key];
    if (to !== undefined) move(to);
    else if (chosen && (e.key === 'ArrowLeft' || e.key === 'ArrowRight'))
      fold(chosen.row, e.key === 'ArrowLeft');
    else return;
    e.preventDefault();
  };
  const left = (ms: number): string => `${((ms - of.fromMs) / of.totalMs) * 100}%`;
  return (
    <div className="waterfall">
      <p className="tools">
        <label>
          <input type="checkbox" checked={onlyPath} onChange={(e) => setOnlyPath(e.target.checked)} /> Only
          the critical path
        </label>
        <span role="status">
          {rows.length} of {of.spans.length} spans
        </span>
      </p>
      <div
        className="rows"
        ref={box}
        role="tree"
        aria-label="Spans"
        aria-activedescendant={chosen ? `span-${chosen.row}` : undefined}
        tabIndex={0}
        onKeyDown={key}
      >
        <div className="tall" role="presentation" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const entry = rows[item.index];
            const span = entry ? of.spans[entry.row] : undefined;
            if (!entry || !span) return null;
            const inside = of.onPath.get(entry.row) ?? [];
            const closed = folded.has(entry.row);
            return (
              <div
                key={entry.row}
                id={`span-${entry.row}`}
                className={`span-row${item.index === current ? ' at' : ''}${span.status === 'Error' ? ' wrong' : ''}`}
                role="treeitem"
                tabIndex={-1}
                aria-level={entry.depth + 1}
                aria-selected={item.index === current}
                {...(entry.parent ? { 'aria-expanded': !closed } : {})}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => setAt(item.index)}
                onDoubleClick={() => fold(entry.row, !closed)}
              >
                <span className="who" style={{ paddingLeft: Math.min(entry.depth, 14) * 10 }}>
                  {entry.parent ? (closed ? '▸ ' : '▾ ') : ''}
                  <b>{span.service}</b> {span.name}
                </span>
                <span className="line">
                  <span
                    className="bar"
                    style={{ left: left(span.startMs), width: `${(span.durationMs / of.totalMs) * 100}%` }}
                  />
                  {inside.map((s) => (
                    <span
                      key={s.fromMs}
                      className="bar path"
                      style={{ left: left(s.fromMs), width: `${((s.toMs - s.fromMs) / of.totalMs) * 100}%` }}
                    />
                  ))}
                </span>
                <span className="time">{formatQuantity(span.durationMs, 'ms')}</span>
              </div>
            );
          })}
        </div>
      </div>
      {chosen ? <Described span={of.spans[chosen.row]} ownMs={of.ownMs.get(chosen.row) ?? 0} /> : null}
    </div>
  );
}

interface Row {
  row: number;
  depth: number;
  parent: boolean;
}

function visible(t: TraceTree, folded: ReadonlySet<number>, onlyPath: boolean): Row[] {
  const out: Row[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const { row, depth } of t.order) {
    if (depth > hiddenBelow) continue;
    hiddenBelow = folded.has(row) ? depth : Number.POSITIVE_INFINITY;
    if (onlyPath && !t.ownMs.has(row)) continue;
    const parent = (t.tree.childFrom[row + 1] as number) > (t.tree.childFrom[row] as number);
    out.push({ row, depth, parent });
  }
  return out;
}

function Described({ span, ownMs }: { span: SpanRow | undefined; ownMs: number }) {
  if (!span) return null;
  return (
    <section className="described" aria-label="The span in hand">
      <h3>
        <code>{span.service}</code> {span.name}
      </h3>
      <dl>
        <dt>Starts</dt>
        <dd>{formatQuantity(span.startMs, 'ms')} after the trace</dd>
        <dt>Takes</dt>
        <dd>
          {formatQuantity(span.durationMs, 'ms')}, of it {formatQuantity(ownMs, 'ms')} own time on the
          critical path
        </dd>
        <dt>Kind</dt>
        <dd>
          {span.kind}
          {span.status === 'Error' ? ', failed' : ''}
        </dd>
        {Object.entries(span.attributes).map(([k, v]) => (
          <div className="term" key={k}>
            <dt>{k}</dt>
            <dd>
              <code>{v}</code>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
