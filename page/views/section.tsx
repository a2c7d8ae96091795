import { Pieces, useKnown } from '../report.js';

/** Sections of the report as they stand there. */
export function Sections({ title, ids }: { title: string; ids: readonly string[] }) {
  const { report } = useKnown();
  const found = report.sections.filter((s) => ids.includes(s.id));
  return (
    <>
      <h1>{title}</h1>
      {found.map((s) => (
        <section key={s.id} aria-label={s.title}>
          <h2>{s.title}</h2>
          <Pieces of={s.pieces} />
        </section>
      ))}
    </>
  );
}
