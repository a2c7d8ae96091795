import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitCpu, pauseProcess } from '../../src/experiments/chaos/process-faults.js';

const mayLimit = ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup'].some((folder) => {
  try {
    accessSync(folder, constants.W_OK);
    return process.platform === 'linux';
  } catch {
    return false;
  }
});

/** A process that never rests. */
let busy: ChildProcess;
beforeEach(() => {
  busy = spawn(process.execPath, ['-e', 'for(;;);'], { stdio: 'ignore' });
});
afterEach(() => busy.kill('SIGKILL'));

/** State and jiffies of processor time (proc(5): fields 3, 14 and 15). */
function stateOf(pid: number): { state: string; jiffies: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return { state: fields[0] ?? '', jiffies: Number(fields[11]) + Number(fields[12]) };
}
async function usedDuring(pid: number, ms: number): Promise<number> {
  const before = stateOf(pid).jiffies;
  await pause(ms);
  return stateOf(pid).jiffies - before;
}

describe.skipIf(process.platform !== 'linux')('faults of processes', () => {
  it.skipIf(!mayLimit)('let a busy process use a share of a core, and all of it again', async () => {
    const pid = busy.pid ?? 0;
    await pause(500);
    const fault = limitCpu(pid, 0.1);
    const limited = await usedDuring(pid, 2000);
    fault.end();
    expect(limited).toBeGreaterThan(0);
    // 200 jiffies are two seconds; a tenth is 20, and a quota may overrun by a slice.
    expect(limited).toBeLessThan(45);
    expect(await usedDuring(pid, 2000)).toBeGreaterThan(limited);
  });

  it('stop a process where it is, and let it go on', async () => {
    const pid = busy.pid ?? 0;
    await pause(300);
    const fault = pauseProcess(pid);
    await pause(100);
    expect(stateOf(pid).state).toBe('T');
    expect(await usedDuring(pid, 500)).toBe(0);
    fault.end();
    await pause(100);
    expect(stateOf(pid).state).toBe('R');
  });
});
