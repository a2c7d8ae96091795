/** How stacks of `perf script` are written down. */
export interface PerfOptions {
  /** Process id behind the command's name, or process and thread id. */
  id?: 'pid' | 'tid';
  /** Marks kernel frames `_[k]`. */
  kernel?: boolean;
  /** Marks frames of a just-in-time compiler `_[j]`. */
  jit?: boolean;
  /** Keeps the address of frames without a symbol. */
  addresses?: boolean;
}

export interface PerfEvent {
  command: string;
  pid: string;
  tid: string;
  /** What was counted: `cycles`, `cpu-clock`, `page-faults`; empty when the header does not say. */
  event: string;
  /** How many of it this sample stands for. */
  period: number;
  timeSeconds: number | undefined;
}

export interface PerfFrame {
  name: string;
  binary: string;
}

const HEADER = /^(\S.*?)\s+(\d+)(?:\/(\d+))?\s+/;
const COUNTED = /:\s*(\d+)?\s+(\S+):\s*$/;
const TIME = /\s(\d+\.\d+):/;

/** How a stack begins: the command, with the ids that were asked for. */
export function processFrame(event: PerfEvent, id: PerfOptions['id']): string {
  const behind = id === 'tid' ? `-${event.pid}/${event.tid}` : id === 'pid' ? `-${event.pid}` : '';
  return `${event.command}${behind}`.replaceAll(' ', '_');
}

/** The head of a sample: `node 1201/1207 [000] 441995.133575: 10101010 cpu-clock:`. */
export function perfEvent(line: string): PerfEvent | undefined {
  const head = HEADER.exec(line);
  if (!head) return undefined;
  const [, command = '', first = '', second] = head;
  const counted = COUNTED.exec(line);
  const time = TIME.exec(line)?.[1];
  return {
    command,
    // With one number perf wrote the thread's; the process is not known.
    pid: second === undefined ? '?' : first,
    tid: second ?? first,
    event: counted?.[2] ?? '',
    period: Number(counted?.[1] ?? 1) || 1,
    timeSeconds: time === undefined ? undefined : Number(time),
  };
}

const FRAME = /^\s*(\w+)\s*(.+) \((.*)\)/;
const OFFSET = /\+0x[\da-f]+$/;
const KERNEL = /^\[|vmlinux$/;
const JIT_MAP = /\/tmp\/perf-\d+\.map/;

/** A line of a stack: none, one frame, or several where the JIT inlined (`a->b`), the outermost first. */
export function perfFrames(line: string, options: PerfOptions & { java?: boolean }): PerfFrame[] | undefined {
  const match = FRAME.exec(line);
  if (!match) return undefined;
  const [, address = '', written = '', binary = ''] = match;
  const symbol = written.replace(OFFSET, '');
  // Names of processes stand in brackets among the frames of old versions.
  if (symbol.startsWith('(')) return [];
  return symbol.split('->').map((part, depth) => {
    const name = tidy(part, address, binary, options);
    const mark =
      depth > 0
        ? '_[i]'
        : options.kernel && KERNEL.test(binary) && !binary.includes('unknown')
          ? '_[k]'
          : options.jit && JIT_MAP.test(binary)
            ? '_[j]'
            : '';
    return { name: mark !== '' && name.includes(mark) && mark !== '_[k]' ? name : name + mark, binary };
  });
}

/** Names without argument lists and quotes, and without the semicolons that separate frames. */
function tidy(
  part: string,
  address: string,
  binary: string,
  options: PerfOptions & { java?: boolean },
): string {
  let name = part;
  if (name === '[unknown]') {
    const known = binary === '[unknown]' ? 'unknown' : binary.replace(/.*\//, '');
    name = options.addresses ? `[${known} <${address}>]` : `[${known}]`;
  }
  name = name.replaceAll(';', ':');
  // A Go method such as "net/http.(*Client).Do" keeps its brackets; elsewhere they hold arguments.
  if (!/\.\(.*\)\./.test(name)) name = name.replace(/\((?!anonymous namespace\)).*/, '');
  name = name.replace(/["']/g, '');
  // "Ljava/util/HashMap" is how the JVM writes the class java/util/HashMap.
  return options.java && name.includes('/') ? name.replace(/^L/, '') : name;
}
