import { code, join, list, name, say, type Text } from '../../domain/index.js';
import { SYSTEMS } from '../../evidence/connectors/registry.js';
import type { SourceSystem } from '../../evidence/connectors/source.js';
import { fold, type Lookup, type Piece } from '../page.js';

/** The systems that the case's telemetry stack names and that can be asked, in the order of the text. */
function namedSystems({ result }: Lookup): SourceSystem[] {
  const asked = new Set(result.sources.flatMap((s) => (s.asked ? [s.path.split('#').at(-1)] : [])));
  const found = result.case.tools.flatMap((t) => SYSTEMS.filter((s) => s.products.includes(t.product)));
  return [...new Set(found)].filter((s) => !asked.has(s.id));
}

const credentialNames = (system: SourceSystem): string =>
  Object.values(system.credentials)
    .flatMap((names) => names?.[0] ?? [])
    .join(', ');

/** The example address of a system, without the port: the reader's own address goes there. */
const address = (system: SourceSystem): string => (system.example ?? '').replace(/:\d+(?=\/|$)/, '');

/**
 * The `sources:` block for the systems that the case names: with it in case.yaml, an investigation asks them itself,
 * read-only. Credentials are named, never held.
 */
export function liveSources(look: Lookup): Piece[] {
  const systems = namedSystems(look);
  if (systems.length === 0) return [];
  const lines = systems.flatMap((system): Text[] => {
    const secrets = credentialNames(system);
    const of = system.example
      ? say`  - { system: ${name(system.id)}, url: ${name(`'${address(system)}'`)} }`
      : say`  - { system: ${name(system.id)} }`;
    return [say`${of} # ${name(`${system.asks}${secrets === '' ? '' : `; credential from ${secrets}`}`)}`];
  });
  const text = join(
    [
      say`# Into case.yaml, each with the address of your own. What would be asked: kneepoint sources plan case.yaml`,
      say`sources:`,
      ...lines,
    ],
    '\n',
  );
  return [
    fold(
      say`${list(systems.map((s) => say`${name(s.title)}`))} can be asked directly, read-only, by ${name('kneepoint investigate case.yaml')}`,
      [code('yaml', text)],
    ),
  ];
}
