import { main } from '../../src/cli/main.js';

// The command line from source: what is measured is what is there now, built or not.
process.exitCode = await main(process.argv.slice(2));
