import { existsSync } from 'node:fs';
import { AUDIT_PATH, appendEntry } from '../governance/audit/log.js';
import { sha256 } from '../governance/canonical.js';
import { POLICY_PATH } from '../governance/policy.js';
import { VERSION } from '../investigate/version.js';

/** Writes down what a caller of the server did, where the project keeps an audit log. Contents go in as hashes only. */
export function recorded(what: string, caller: string, inputs: Readonly<Record<string, string>>): void {
  if (!existsSync(POLICY_PATH)) return;
  appendEntry(AUDIT_PATH, {
    at: new Date().toISOString(),
    who: `${caller} (server)`,
    what,
    inputs: Object.entries(inputs).map(([name, content]) => ({ name, sha256: sha256(content) })),
    outputs: [],
    version: VERSION,
  });
}
