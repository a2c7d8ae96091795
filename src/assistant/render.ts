import { plain } from '../domain/index.js';
import type { Assisted } from './assist.js';

/** What a model brought, for a person: apart from the report, and never without saying whose words it is. */
export function assistedMarkdown(assisted: Assisted): string {
  const { sentences, proposals, dropped, notes } = assisted;
  return [
    `# In the words of a model (${quoted(assisted.model)})`,
    '',
    'A model wrote this from redacted facts. Each number in it was held against the facts; its words were not. The verdict is in the report.',
    '',
    ...(sentences.length > 0 ? [sentences.map((s) => quoted(s.text)).join(' '), ''] : []),
    ...(proposals.length > 0
      ? [
          '## Causes it proposed, settled by code',
          '',
          ...proposals.map(
            ({ proposal, finding }) =>
              `- **${finding.verdict}**, probability ${finding.probability.toPrecision(2)}: ${quoted(proposal.claim)} (${quoted(proposal.subject)}). ${quoted(plain(finding.decidedBy))}`,
          ),
          '',
        ]
      : []),
    ...(dropped.length > 0
      ? ['## Dropped', '', ...dropped.map((d) => `- a ${d.what}: ${quoted(d.why)}`), '']
      : []),
    ...(notes.length > 0 ? [...notes.map((n) => `- ${quoted(n)}`), ''] : []),
    `${assisted.tokens} tokens; every question and answer is in model.json.`,
    '',
  ].join('\n');
}

/** Words of others show as they are: no markup of theirs counts. */
const quoted = (text: string): string =>
  text
    .replaceAll('\u202f', ' ')
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>#|]/g, '\\$&');
