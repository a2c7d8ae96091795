import type { Verb } from '../verb.js';

export interface ExplainOptions {
  db?: string;
  from?: string;
  script?: boolean;
  workload?: string;
  clone?: string;
  budget: string;
  timeout: string;
  json?: boolean;
}

export default {
  name: 'explain',
  register(program, done) {
    program
      .command('explain')
      .description(
        'Why a PostgreSQL statement is slow, from its plan; what is wrong with a server, live and read-only or from an export; which indexes a workload needs.',
      )
      .argument(
        '[plan]',
        'output of EXPLAIN in text, JSON, YAML or XML, or a log of auto_explain; - for standard input',
      )
      .option('--db <url>', 'look at this server, read-only (password from the URL or PGPASSWORD)')
      .option('--from <folder>', 'look at what the export script saved')
      .option('--script', 'print the export script for psql')
      .option(
        '--workload <file>',
        'SQL statements: with --db, plan each without running it; with --clone, design indexes',
      )
      .option('--clone <url>', 'a copy that may be changed: indexes are built there and SELECTs run')
      .option('--budget <mb>', 'most megabytes of new indexes', '1000')
      .option('--timeout <seconds>', 'longest time of one query on the server', '5')
      .option('--json', 'print JSON')
      .action(async (plan: string | undefined, options: ExplainOptions) => {
        const { runExplain } = await import('../explain.js');
        done(await runExplain(plan, options));
      });
  },
} satisfies Verb;
