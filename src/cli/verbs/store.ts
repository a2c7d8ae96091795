import type { StoreSchemaOptions } from '../store.js';
import type { Verb } from '../verb.js';

export default {
  name: 'store',
  register(program, done) {
    const store = program
      .command('store')
      .description('Prepares a ClickHouse server that keeps telemetry (investigate --store).');
    store
      .command('schema')
      .description('Prints the statements that make the tables and the users, for an administrator to run.')
      .option('--database <name>', 'where the tables are', 'kneepoint')
      .option('--cluster <name>', 'replicated tables on all its servers, with distributed ones over them')
      .option('--ttl-days <days>', 'rows are dropped after so many days')
      .option('--users', 'also a role that writes, one that reads, and the user of kneepoint')
      .action(async (options: StoreSchemaOptions) => {
        const { storeSchema } = await import('../store.js');
        done(storeSchema(options));
      });
  },
} satisfies Verb;
