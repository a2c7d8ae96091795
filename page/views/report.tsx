import { useEffect } from 'react';
import { Part, Pieces, useKnown } from '../report.js';

/** All ten sections with what stands behind them. */
export function WholeReport() {
  const { report } = useKnown();
  useEffect(() => {
    const id = window.location.hash.slice(1);
    if (id !== '') document.getElementById(id)?.scrollIntoView();
  }, []);
  return (
    <>
      <h1>Whole report</h1>
      <nav aria-label="Sections">
        <ol>
          {report.sections.map((s, i) => (
            <li key={s.id}>
              <a href={`#section-${i + 1}`}>{s.title}</a>
            </li>
          ))}
        </ol>
      </nav>
      {report.sections.map((s, i) => (
        <Part key={s.id} id={`section-${i + 1}`} title={s.title}>
          <Pieces of={s.pieces} />
        </Part>
      ))}
      {report.back.map((s) => (
        <Part key={s.id} id={s.id} title={s.title}>
          <Pieces of={s.pieces} />
        </Part>
      ))}
    </>
  );
}
