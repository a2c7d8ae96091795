import type { Command } from 'commander';
import type { SourcesCollectOptions, SourcesOptions } from '../sources.js';
import { repeatable, type Verb } from '../verb.js';

/** Options of every command that asks systems. */
const asking = (command: Command): Command =>
  command
    .argument('[case]', 'a case.yaml with `sources:`')
    .option(
      '--source <system=url>',
      'a system to ask: prometheus=http://localhost:9090; repeatable',
      repeatable,
      [],
    )
    .option('--window <time>', 'the last 2h, or from/to: 2026-01-31T18:00Z/2026-01-31T19:00Z')
    .option('--baseline-window <from/to>', 'a time before the trouble, to compare with')
    .option('--json', 'print the machine form on stdout');

export default {
  name: 'sources',
  register(program, done) {
    const sources = program
      .command('sources')
      .description(
        'Asks the systems that watch a service, read-only: who answers, what it costs, and its evidence.',
      );
    sources
      .command('list')
      .description('Systems that can be asked, with their options and credentials.')
      .option('--json', 'print the machine form on stdout')
      .action(async (options: { json?: boolean }) => {
        const { runSourcesList } = await import('../sources.js');
        done(runSourcesList(options));
      });
    asking(sources.command('probe'))
      .description('Whether each source answers, and what it lets you see.')
      .action(async (path: string | undefined, options: SourcesOptions) => {
        const { runSourcesProbe } = await import('../sources.js');
        done(await runSourcesProbe(path, options));
      });
    asking(sources.command('plan'))
      .description('Which queries would be asked, how much they bring and how long they take.')
      .action(async (path: string | undefined, options: SourcesOptions) => {
        const { runSourcesPlan } = await import('../sources.js');
        done(await runSourcesPlan(path, options));
      });
    asking(sources.command('collect'))
      .description('Fetches the evidence into one redacted, checksummed file; an interrupted run goes on.')
      .option('--out <file>', 'where the evidence goes', 'evidence.kneepoint.gz')
      .option('--no-redact', 'keep personal data and secrets as they are (on your own machine only)')
      .option('--redaction-rules <file>', 'rules of your own beside the built-in ones (YAML)')
      .action(async (path: string | undefined, options: SourcesCollectOptions) => {
        const { runSourcesCollect } = await import('../sources.js');
        done(await runSourcesCollect(path, options));
      });
  },
} satisfies Verb;
