import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Cost } from './peers.js';

const BROWSER = process.env.CHROMIUM ?? '/usr/bin/chromium';
const PATIENCE_MS = 600_000;

/** speedscope has no command line: it is opened in a browser, and what the browser's processes take is counted. */
export function speedscopePeer(folder: string): ((file: string) => Promise<Cost | string>) | undefined {
  if (!existsSync(BROWSER) || process.platform !== 'linux') return undefined;
  try {
    execFileSync('npm', ['pack', 'speedscope@1', '--silent'], { cwd: folder, stdio: 'ignore' });
    const archive = readdirSync(folder).find((f) => f.startsWith('speedscope-') && f.endsWith('.tgz'));
    execFileSync('tar', ['xzf', archive ?? ''], { cwd: folder });
  } catch {
    return undefined;
  }
  return (file) => load(pathToFileURL(join(folder, 'package/dist/release/index.html')).href, file);
}

/** What it cost, or why it came to no end. */
async function load(page: string, file: string): Promise<Cost | string> {
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: ['--no-sandbox', '--disable-gpu', '--js-flags=--max-old-space-size=12000'],
  });
  try {
    const tab = await browser.newPage();
    const crashed = new Promise<string>((tell) => tab.on('crash', () => tell('the page crashed')));
    await tab.goto(page);
    const before = descendants().reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    await tab.setInputFiles('input[type=file]', file);
    // The views of a profile have tabs; the first page has none.
    const shown = tab
      .getByText('Left Heavy')
      .first()
      .waitFor({ timeout: PATIENCE_MS })
      .then(() => undefined);
    const ended = await Promise.race([shown, crashed]);
    if (ended !== undefined) return ended;
    const pids = descendants();
    return {
      cpuSeconds: pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) - before,
      peakRssMb: Math.max(...pids.map(peakMb)),
    };
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? 'failed') : 'failed';
  } finally {
    await browser.close();
  }
}

/** All processes below this one. */
function descendants(): number[] {
  const found: number[] = [];
  const open = [process.pid];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const children = tasksOf(pid);
    found.push(...children);
    open.push(...children);
  }
  return found;
}

function tasksOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(/\s+/)
        .filter((p) => p !== '')
        .map(Number),
    );
  } catch {
    return [];
  }
}

const TICKS_PER_SECOND = 100;
function cpuSeconds(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

function peakMb(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
