import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerProcess, startServer } from '../../bench/receiver/server-process.js';
import { run } from './tools.js';

/** The newest release that runs on Node 20. */
const RUNNER = '@modelcontextprotocol/conformance@0.1.13';

/** Scenarios that speak of any server. */
const HELD = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
];

/**
 * Scenarios that ask for fixtures of the runner's own example server (tools, resources and prompts named `test_…`), or for
 * what this server does not offer: logging to the client, completion, subscriptions, sampling and elicitation.
 */
const NOT_OFFERED = [
  'logging-set-level',
  'completion-complete',
  'tools-call-simple-text',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-with-logging',
  'tools-call-error',
  'tools-call-with-progress',
  'tools-call-sampling',
  'tools-call-elicitation',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'resources-read-text',
  'resources-read-binary',
  'resources-templates-read',
  'resources-subscribe',
  'resources-unsubscribe',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
];

const folder = mkdtempSync(join(tmpdir(), 'kneepoint-conformance-'));
const install = join(tmpdir(), `kneepoint-${RUNNER.replace(/\W+/g, '-')}`);
const runner = join(install, 'node_modules/.bin/conformance');
let server: ServerProcess;

beforeAll(async () => {
  mkdirSync(install, { recursive: true });
  if (!existsSync(runner))
    run('npm', ['install', '--prefix', install, RUNNER, '--no-audit', '--no-fund'], { timeoutMs: 170_000 });
  server = await startServer(join(folder, 'data'));
});
afterAll(async () => {
  await server.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('the conformance runner of the Model Context Protocol', () => {
  it.each(HELD)('passes %s', (scenario) => {
    const { status, output } = run(runner, ['server', '--url', `${server.url}/mcp`, '--scenario', scenario], {
      cwd: folder,
    });
    expect(status, output.slice(-2000)).toBe(0);
  });

  it('has no scenario of which nothing is said here', () => {
    const { output } = run(runner, ['server', '--url', `${server.url}/mcp`], {
      cwd: folder,
      timeoutMs: 170_000,
    });
    const named = [...output.matchAll(/[✓✗] ([\w-]+): \d+ passed/g)].map((m) => m[1]);
    expect(new Set(named)).toEqual(new Set([...HELD, ...NOT_OFFERED]));
  });
});
