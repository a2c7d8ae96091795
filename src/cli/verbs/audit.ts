import type { Verb } from '../verb.js';

const LOG = ['--log <file>', 'the audit log', '.kneepoint/audit.jsonl'] as const;

export default {
  name: 'audit',
  register(program, done) {
    const audit = program.command('audit').description('The log of what was done, as a chain of hashes.');
    audit
      .command('verify')
      .description('Finds edits, cuts, changes of order and clocks that went back; 0 whole, 1 not.')
      .option(...LOG)
      .option('--key <file>', 'the public key that must have signed the checkpoint')
      .option('--json', 'print it as JSON')
      .action(async (options: { log: string; json?: boolean; key?: string }) => {
        const { verifyAudit } = await import('../audit.js');
        done(verifyAudit(options.log, options));
      });
    audit
      .command('show')
      .description('The last entries.')
      .option(...LOG)
      .option('--last <number>', 'how many', '20')
      .option('--json', 'print them as JSON')
      .action(async (options: { log: string; json?: boolean; last: string }) => {
        const { showAudit } = await import('../audit.js');
        done(showAudit(options.log, options));
      });
    audit
      .command('export')
      .description('The log for another system, on stdout.')
      .option(...LOG)
      .requiredOption('--as <format>', 'syslog (RFC 5424) or otlp (OTLP logs, JSON)')
      .action(async (options: { log: string; as: string }) => {
        const { exportAudit } = await import('../audit.js');
        done(exportAudit(options.log, options));
      });
    audit
      .command('checkpoint')
      .description('Signs how far the log reaches, so that no one can shorten it unseen.')
      .option(...LOG)
      .requiredOption('--key <file>', 'an Ed25519 private key')
      .action(async (options: { log: string; key: string }) => {
        const { signAudit } = await import('../audit.js');
        done(signAudit(options.log, options));
      });
  },
} satisfies Verb;
