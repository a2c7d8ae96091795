import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const TYPES = {
  /** The types of k6’s second major version. */
  k6: {
    extension: 'js',
    options: {
      allowJs: true,
      checkJs: true,
      types: ['k6'],
      typeRoots: [join(root, 'node_modules/@types')],
      paths: {
        k6: [join(root, 'node_modules/@types/k6')],
        'k6/*': [join(root, 'node_modules/@types/k6/*')],
      },
    },
  },
  gatling: {
    extension: 'ts',
    options: { types: [], paths: { '@gatling.io/*': [join(root, 'node_modules/@gatling.io/*')] } },
  },
} as const;

/** What the compiler says of scripts, with the types that their tool publishes; empty when all is well. */
export function typeFaults(tool: keyof typeof TYPES, scripts: readonly string[]): string {
  const { extension, options } = TYPES[tool];
  const folder = mkdtempSync(join(tmpdir(), `kneepoint-${tool}-`));
  try {
    const files = scripts.map((script, i) => {
      const path = join(folder, `script-${i}.${extension}`);
      writeFileSync(path, script);
      return path;
    });
    const compilerOptions = {
      noEmit: true,
      strict: true,
      target: 'ES2022',
      module: 'ESNext',
      moduleResolution: 'Bundler',
      lib: ['ES2022'],
      skipLibCheck: true,
      ...options,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], {
      encoding: 'utf8',
    });
    return status === 0 ? stdout : stdout || `tsc ended with ${status}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
