import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { main } from '../../src/cli/main.js';

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-chaos-'));
const home = process.cwd();
const victim = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)']);
const fault = ['pause', '--pid', String(victim.pid), '--seconds', '0.1'];

const people = { ann: generateKeyPairSync('ed25519'), bob: generateKeyPairSync('ed25519') };
const pem = (name: keyof typeof people): string =>
  people[name].publicKey.export({ type: 'spki', format: 'pem' }).toString();

let said = '';
const run = async (...words: string[]): Promise<number> => {
  said = '';
  return main(words);
};

beforeAll(() => {
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text);
      return true;
    });
  process.chdir(folder);
  mkdirSync('.kneepoint');
  writeFileSync(
    '.kneepoint/policy.yaml',
    JSON.stringify({
      roles: {
        'SRE-Lead': [{ name: 'ann', key: pem('ann') }],
        'Platform-Architect': [{ name: 'bob', key: pem('bob') }],
      },
    }),
  );
  for (const [name, { privateKey }] of Object.entries(people))
    writeFileSync(`${name}.key`, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  writeFileSync(
    'experiment.json',
    JSON.stringify({
      title: 'A pause',
      method: [
        {
          type: 'action',
          name: 'pause',
          provider: { type: 'process', path: 'kneepoint', arguments: ['chaos', 'inject', ...fault] },
        },
      ],
    }),
  );
});
afterAll(() => {
  process.chdir(home);
  victim.kill();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const approve = (by: string, role: string): Promise<number> =>
  run(
    'approve',
    'experiment.json',
    'chaos',
    '--role',
    role,
    '--key',
    `${by}.key`,
    '--reason',
    'Read and wanted',
  );

describe('a single fault, where a project has a policy', () => {
  it('is refused outside an experiment', async () => {
    expect(await run('chaos', 'inject', ...fault)).not.toBe(0);
    expect(said).toContain('only from an experiment that is approved');
  });
  it('is refused while the experiment is not approved', async () => {
    expect(await run('chaos', 'inject', ...fault, '--experiment', join(folder, 'experiment.json'))).not.toBe(
      0,
    );
    expect(said).toContain('not approved');
    expect(await approve('ann', 'SRE-Lead')).toBe(0);
    expect(await run('chaos', 'inject', ...fault, '--experiment', join(folder, 'experiment.json'))).not.toBe(
      0,
    );
  });
  it('runs once it is approved, and no other fault does', async () => {
    expect(await approve('bob', 'Platform-Architect')).toBe(0);
    expect(await run('chaos', 'inject', ...fault, '--experiment', join(folder, 'experiment.json'))).toBe(0);
    const longer = [...fault.slice(0, -1), '5'];
    expect(await run('chaos', 'inject', ...longer, '--experiment', join(folder, 'experiment.json'))).not.toBe(
      0,
    );
    expect(said).toContain('has no such fault');
    expect(await run('audit', 'show')).toBe(0);
    expect(said).toContain('chaos.injected');
  });
});
