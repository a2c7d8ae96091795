import { useState } from 'react';
import { fileText, plain } from '../../src/domain/index.js';
import { marked } from '../../src/governance/mark.js';
import { Link } from '../link.js';
import { useKnown } from '../report.js';
import { pathTo, useInvestigationId } from '../route.js';

/** The files that were made, one of them open. */
export function Deliverables({ open }: { open: string | undefined }) {
  const { result } = useKnown();
  const id = useInvestigationId();
  const chosen = result.deliverables.find((d) => d.id === open) ?? result.deliverables[0];
  return (
    <>
      <h1>Deliverables</h1>
      {result.deliverables.length === 0 ? <p>Nothing was made: the case names no tools.</p> : null}
      <ul className="plainlist files">
        {result.deliverables.map((d) => (
          <li key={d.id}>
            <Link href={pathTo(id, 'deliverables', d.id)} aria-current={d === chosen ? 'true' : undefined}>
              <code>{d.path}</code>
            </Link>{' '}
            {plain(d.title)}
          </li>
        ))}
      </ul>
      {chosen ? (
        <Open
          key={chosen.id}
          path={chosen.path}
          use={plain(chosen.use)}
          text={marked(chosen.path, fileText(chosen.text), result.classification)}
        />
      ) : null}
    </>
  );
}

function Open({ path, use, text }: { path: string; use: string; text: string }) {
  const [copied, setCopied] = useState(false);
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = path.split('/').pop() ?? 'file.txt';
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <section aria-label={path}>
      <h2>
        <code>{path}</code>
      </h2>
      <p>
        How it is used: <code>{use}</code>
      </p>
      <p>
        <button type="button" onClick={save}>
          Save
        </button>{' '}
        <button
          type="button"
          onClick={() => {
            void navigator.clipboard.writeText(text).then(() => setCopied(true));
          }}
        >
          Copy
        </button>{' '}
        <span role="status">{copied ? 'copied' : ''}</span>
      </p>
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </section>
  );
}
