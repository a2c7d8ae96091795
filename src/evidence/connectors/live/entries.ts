import type { SourceEntry, SourceSystem } from '../source.js';
import { DEFAULT_LIMITS, type Limits } from './budget.js';

/** Why an entry of `sources:` cannot be asked, and what to do. */
export interface EntryFault {
  what: string;
  todo: string;
}

/** Keys of an entry that are the same for every system. */
export const COMMON_KEYS = ['system', 'name', 'url', 'limits', 'role'] as const;
const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/i;

/** Checks an entry against what its system knows. The words say what is known instead. */
export function checkEntry(entry: SourceEntry, systems: readonly SourceSystem[]): EntryFault[] {
  const system = systems.find((s) => s.id === entry.system);
  if (!system)
    return [
      {
        what: `There is no system \`${entry.system.slice(0, 40)}\` that can be asked.`,
        todo: `Use one of ${systems.map((s) => s.id).join(', ')}.`,
      },
    ];
  return [
    ...(NAME.test(entry.name)
      ? []
      : [
          {
            what: 'A name of a source has letters, digits, dots and dashes, at most 40.',
            todo: 'Give it a short name.',
          },
        ]),
    ...addressFaults(entry, system),
    ...Object.keys(entry.options)
      .filter((o) => !Object.hasOwn(system.options, o))
      .map((o) => ({
        what: `\`${o.slice(0, 40)}\` is no option of ${system.title}.`,
        todo: `It knows ${[...COMMON_KEYS, ...Object.keys(system.options)].join(', ')}.`,
      })),
  ];
}

function addressFaults(entry: SourceEntry, system: SourceSystem): EntryFault[] {
  if (system.address === 'none')
    return entry.url === undefined
      ? []
      : [{ what: `${system.title} has no address.`, todo: 'Leave url out.' }];
  const given = entry.url ?? system.defaultUrl;
  if (given === undefined)
    return [{ what: `${system.title} needs an address.`, todo: 'Write `url: https://host:port`.' }];
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const protocols = system.protocols ?? ['http:', 'https:'];
  if (!url || !protocols.includes(url.protocol))
    return [
      { what: `\`${given.slice(0, 80)}\` is no address.`, todo: 'Write http://host:port or https://host.' },
    ];
  if (url.username !== '' || url.password !== '')
    return [
      {
        what: 'The address holds a user or a password.',
        todo: 'Take them out; give them in the environment or the keyring, where no case, result or log shows them.',
      },
    ];
  if (url.search !== '' || url.hash !== '')
    return [{ what: 'The address has parameters.', todo: 'Give host, port and path alone.' }];
  return [];
}

export const limitsOf = (entry: SourceEntry, system: SourceSystem): Limits => ({
  ...DEFAULT_LIMITS,
  ...(system.perSecond === undefined ? {} : { perSecond: system.perSecond }),
  ...entry.limits,
});

/** `system=url`, `name:system=url`, `system`, each with options behind it: `system=url,option:value`. */
export function entryFromText(text: string, systems: readonly SourceSystem[]): SourceEntry | EntryFault {
  const [, left = '', rest = ''] = /^([^=,]*)(.*)$/s.exec(text) ?? [];
  const [first = '', second] = left.split(':');
  const system = second ?? first;
  if (!systems.some((s) => s.id === system))
    return {
      what: `There is no system \`${system.slice(0, 40)}\` that can be asked.`,
      todo: `Write --source system=url, with one of ${systems.map((s) => s.id).join(', ')}.`,
    };
  const [address = '', ...options] = rest.split(',');
  const pairs = options.map((o): readonly [string, string] => {
    const at = o.indexOf(':');
    return at < 0 ? [o, 'true'] : [o.slice(0, at), o.slice(at + 1)];
  });
  const url = address.replace(/^=/, '');
  return {
    name: first,
    system,
    ...(url === '' ? {} : { url }),
    options: Object.fromEntries(pairs),
    limits: {},
    trusted: true,
  };
}
