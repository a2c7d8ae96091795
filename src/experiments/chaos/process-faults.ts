import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fault that is on, and how to end it. */
export interface ActiveFault {
  about: string;
  end(): void;
}

const PERIOD_US = 100_000;
const ROOTS = { v2: '/sys/fs/cgroup', v1: '/sys/fs/cgroup/cpu' };

/**
 * Lets a process and those it starts use only a share of one core, by a control group of its own; `end` puts it back where
 * it was. Throws an Error that says what is lacking: Linux, control groups, or the right to write them.
 */
export function limitCpu(pid: number, cores: number): ActiveFault {
  const v2 = existsSync(join(ROOTS.v2, 'cgroup.controllers'));
  if (!v2 && !existsSync(join(ROOTS.v1, 'cpu.cfs_quota_us')))
    throw new Error('there are no control groups for the CPU here (Linux with cgroup v1 or v2 is needed)');
  const root = v2 ? ROOTS.v2 : ROOTS.v1;
  const before = join(root, groupOf(pid, v2));
  const group = join(root, `kneepoint-${pid}`);
  const quota = Math.max(1000, Math.round(cores * PERIOD_US));
  try {
    mkdirSync(group, { recursive: true });
    if (v2) {
      // Groups below the root have the controller only where the root hands it down.
      if (!existsSync(join(group, 'cpu.max'))) writeFileSync(join(root, 'cgroup.subtree_control'), '+cpu');
      writeFileSync(join(group, 'cpu.max'), `${quota} ${PERIOD_US}`);
    } else {
      writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
      writeFileSync(join(group, 'cpu.cfs_quota_us'), String(quota));
    }
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
  } catch (error) {
    remove(group);
    throw new Error(
      `the control group cannot be set (${reason(error)}): root or a delegated group is needed`,
    );
  }
  return {
    about: `process ${pid} may use ${cores} of a core`,
    end() {
      for (const member of readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
        try {
          writeFileSync(join(before, 'cgroup.procs'), member);
        } catch {
          // The process has ended.
        }
      remove(group);
    },
  };
}

/** The group of a process, as /proc tells it: "0::/path" for v2, "n:cpu,…:/path" for v1. */
function groupOf(pid: number, v2: boolean): string {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    throw new Error(`there is no process ${pid}`);
  }
  const line = text
    .split('\n')
    .find((l) => (v2 ? l.startsWith('0::') : /^\d+:([^:]*,)?cpu(,[^:]*)?:/.test(l)));
  return line?.split(':').slice(2).join(':') ?? '/';
}

function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // It is gone, or a member is still leaving: an empty group does no harm.
  }
}

/** Stops a process where it is; `end` lets it go on. Throws an Error when there is none or it is not ours. */
export function pauseProcess(pid: number): ActiveFault {
  if (pid <= 1 || pid === process.pid || pid === process.ppid)
    throw new Error(`process ${pid} must not be paused: it would stop this program or the machine`);
  try {
    process.kill(pid, 'SIGSTOP');
  } catch (error) {
    throw new Error(`process ${pid} cannot be paused (${reason(error)})`);
  }
  return {
    about: `process ${pid} is paused`,
    end() {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {
        // The process has ended.
      }
    },
  };
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
