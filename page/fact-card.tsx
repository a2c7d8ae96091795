import { useEffect, useRef, useState } from 'react';
import { type Fact, formatQuantity, plain } from '../src/domain/index.js';
import { factTitle } from '../src/report/words.js';
import { useKnown } from './report.js';
import { go, pathTo, useInvestigationId } from './route.js';

interface Shown {
  fact: Fact;
  left: number;
  top: number;
  above: boolean;
  tapped: boolean;
}

const numberOf = (target: EventTarget | null): HTMLAnchorElement | undefined =>
  target instanceof Element ? (target.closest<HTMLAnchorElement>('a.n') ?? undefined) : undefined;
const SHOW_AFTER_MS = 120;

/** The fact behind a number, beside it: on hover, focus and tap. A click leads to the evidence. */
export function FactCard() {
  const { factAt } = useKnown();
  const id = useInvestigationId();
  const [shown, setShown] = useState<Shown>();
  const card = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer = 0;
    let touched = false;
    let described: Element | undefined;
    const hide = (): void => {
      window.clearTimeout(timer);
      described?.removeAttribute('aria-describedby');
      described = undefined;
      setShown(undefined);
    };
    const factOf = (link: HTMLAnchorElement): Fact | undefined =>
      factAt.get((link.getAttribute('href') ?? '').slice(1));
    const show = (link: HTMLAnchorElement): void => {
      const fact = factOf(link);
      if (!fact) return;
      hide();
      const box = link.getBoundingClientRect();
      const above = box.bottom + 220 > window.innerHeight;
      described = link;
      link.setAttribute('aria-describedby', 'fact-card');
      setShown({
        fact,
        left: box.left + window.scrollX,
        top: (above ? box.top : box.bottom) + window.scrollY,
        above,
        tapped: touched,
      });
    };
    const over = (e: PointerEvent): void => {
      if (e.pointerType !== 'mouse') return;
      const link = numberOf(e.target);
      window.clearTimeout(timer);
      if (link) timer = window.setTimeout(() => show(link), SHOW_AFTER_MS);
      else if (!card.current?.contains(e.target as Node)) timer = window.setTimeout(hide, SHOW_AFTER_MS);
    };
    const down = (e: PointerEvent): void => {
      touched = e.pointerType !== 'mouse';
    };
    const focus = (e: FocusEvent): void => {
      const link = numberOf(e.target);
      if (link) show(link);
      else if (!card.current?.contains(e.target as Node)) hide();
    };
    const click = (e: MouseEvent): void => {
      const link = numberOf(e.target);
      const section = e.target instanceof Element ? e.target.closest('a[href^="#section-"]') : null;
      if (section && id !== '') {
        e.preventDefault();
        go(`${pathTo(id, 'report')}${section.getAttribute('href')}`);
        return;
      }
      const fact = link ? factOf(link) : undefined;
      if (!link || !fact) return;
      e.preventDefault();
      if (touched) show(link);
      else {
        hide();
        go(pathTo(id, 'evidence', undefined, { fact: fact.id }));
      }
    };
    const key = (e: KeyboardEvent): void => {
      if (e.key === 'Escape') hide();
    };
    document.addEventListener('pointerover', over);
    document.addEventListener('pointerdown', down);
    document.addEventListener('focusin', focus);
    document.addEventListener('click', click);
    document.addEventListener('keydown', key);
    return () => {
      hide();
      document.removeEventListener('pointerover', over);
      document.removeEventListener('pointerdown', down);
      document.removeEventListener('focusin', focus);
      document.removeEventListener('click', click);
      document.removeEventListener('keydown', key);
    };
  }, [factAt, id]);

  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = card.current;
    if (!box || !shown) return;
    const widest = document.documentElement.clientWidth - box.offsetWidth - 8;
    box.style.left = `${Math.max(8, Math.min(shown.left, widest))}px`;
    box.style.top = `${shown.above ? shown.top - box.offsetHeight - 6 : shown.top + 6}px`;
  }, [shown]);

  if (!shown) return null;
  return (
    <div ref={place}>
      <div className="pop" id="fact-card" role="tooltip" ref={card}>
        <b>{plain(factTitle(shown.fact))}</b>
        <FactList fact={shown.fact} />
        {shown.tapped ? (
          <a
            href={pathTo(id, 'evidence', undefined, { fact: shown.fact.id })}
            onClick={(e) => {
              e.preventDefault();
              go(pathTo(id, 'evidence', undefined, { fact: shown.fact.id }));
            }}
          >
            In the evidence
          </a>
        ) : null}
      </div>
    </div>
  );
}

/** What is known of a fact, as terms and their values. */
export function FactList({ fact }: { fact: Fact }) {
  const rows: [string, string][] = [['Value', formatQuantity(fact.value, fact.unit)]];
  if (fact.interval)
    rows.push([
      'Interval',
      `${formatQuantity(fact.interval[0], fact.unit)} to ${formatQuantity(fact.interval[1], fact.unit)}`,
    ]);
  if (fact.n !== undefined) rows.push(['From', `${fact.n} samples`]);
  if (fact.window) rows.push(['Window', `${fact.window.from} to ${fact.window.to}`]);
  rows.push(['Origin', fact.origin]);
  for (const p of fact.from)
    if (p.kind === 'formula') rows.push(['Formula', p.formula]);
    else if (p.kind === 'input') rows.push(['Said', `“${p.text}”, ${p.input.replaceAll('_', ' ')}`]);
    else if (p.kind === 'document') rows.push(['Source', `${p.source}, ${p.date}`]);
    else if (p.kind === 'file') rows.push(['File', `${p.path}${p.line === undefined ? '' : `:${p.line}`}`]);
    else rows.push(['Query over', `${p.rows} rows of ${p.sources.join(', ')}`]);
  return (
    <dl>
      {rows.map(([term, value], i) => (
        // Terms repeat, their order does not change.
        <div className="term" key={`${term}${i}`}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
