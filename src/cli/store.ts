import { serverAddress } from '../evidence/store/address.js';
import { StoreError } from '../evidence/store/index.js';
import { schemaStatements, userStatements } from '../evidence/store/server-schema.js';
import { EXIT, UserError } from './exit.js';

export interface StoreSchemaOptions {
  database: string;
  cluster?: string;
  ttlDays?: string;
  users?: boolean;
}

/** Prints statements, each ended by a semicolon. */
export function storeSchema(options: StoreSchemaOptions): number {
  const { database, placement } = addressOf(options);
  const statements = [
    ...schemaStatements(database, placement),
    ...(options.users ? userStatements(database, placement) : []),
  ];
  process.stdout.write(statements.map((s) => `${s};\n`).join(''));
  return EXIT.fine;
}

/** The options by the same rules as in an address. */
function addressOf({ database, cluster, ttlDays }: StoreSchemaOptions): ReturnType<typeof serverAddress> {
  const url = new URL('http://localhost');
  url.pathname = `/${database}`;
  if (cluster !== undefined) url.searchParams.set('cluster', cluster);
  if (ttlDays !== undefined) url.searchParams.set('ttl_days', ttlDays);
  try {
    return serverAddress(url.href);
  } catch (error) {
    if (error instanceof StoreError)
      throw new UserError(
        EXIT.badInput,
        error.what,
        'the command line',
        'Names have letters, digits and _; days are a whole number.',
      );
    throw error;
  }
}
