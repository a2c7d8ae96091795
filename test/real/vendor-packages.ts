import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the vendors publish of their forms; too large for the project, which needs none of it to run. */
const PACKAGES = {
  '@cdktf/hcl2json': '0.21.0',
  '@cdktf/provider-datadog': '12.15.2',
  '@cdktf/provider-newrelic': '13.12.2',
  '@datadog/datadog-api-client': '1.64.0',
  '@dynatrace-sdk/client-classic-environment-v2': '5.2.3',
  '@dynatrace-sdk/client-document': '1.24.5',
  cdktf: '0.21.0',
  constructs: '10.8.1',
} as const;

const folder = join(tmpdir(), 'kneepoint-vendor-forms');
export const vendorFolder = folder;
const isThere = (): boolean =>
  Object.keys(PACKAGES).every((name) => existsSync(join(folder, 'node_modules', name, 'package.json')));

/** Installs the packages once for all runs on a machine; false where the registry cannot be reached. */
export function installVendorPackages(): boolean {
  if (isThere()) return true;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'vendor-forms', private: true, dependencies: PACKAGES }),
  );
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
    { cwd: folder, encoding: 'utf8', timeout: 600_000 },
  );
  if (status !== 0)
    process.stderr.write(`the vendors’ packages could not be installed: ${stderr.slice(0, 500)}\n`);
  return isThere();
}
