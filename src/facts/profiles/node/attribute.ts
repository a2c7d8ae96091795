import type { CallTree, FrameTable, Profile } from '../../../domain/index.js';
import { totalsOf } from '../../../models/call-tree.js';
import {
  type Attribute,
  type Attribution,
  matches,
  type Place,
  rulesByFrame,
  upwards,
} from '../attribution.js';
import type { Sources } from '../source/find-source.js';
import { NODE_RULES, PACKAGE_RULES, PSEUDO, packageOf } from './rules.js';
import { createNodeSource, type NodeSource } from './source.js';

/** How a frame of Node is looked at. */
type Kind = 'pseudo' | 'runtime' | 'package' | 'own';

/**
 * What V8's samples were spent on. From the leaf towards the root: frames of Node and native functions up to the
 * first frame of the program say which call it made; without such frames the hot line's source says what it does.
 */
export function attributeNode(profile: Profile, sources: Sources): Attribute {
  const { frames, tree } = profile;
  const kinds = Array.from({ length: frames.size }, (_, f) => kindOfFrame(frames, f));
  const rules = rulesByFrame(profile, NODE_RULES);
  const source = createNodeSource(sources);
  const ticks = ticksByNode(profile);
  const heaviest = heaviestChildren(profile, kinds);

  const frameOf = (node: number): number => tree.frame[node] as number;
  const kindOf = (node: number): Kind => kinds[frameOf(node)] as Kind;
  /** Code that runs because its module is being loaded, not as a part of the program's work. */
  const isModuleTop = (node: number): boolean => {
    const up = tree.parent[node] as number;
    return up > 0 && rules[frameOf(up)]?.cause === 'module-loading' && hasProgramBelow(up);
  };
  const hasProgramBelow = (node: number): boolean => {
    for (const n of upwards(tree, node)) if (kindOf(n) === 'own' || kindOf(n) === 'package') return true;
    return false;
  };

  return (leaf) => {
    const first = frameOf(leaf);
    if (kinds[first] === 'pseudo') {
      const name = frames.name(first);
      return [whole(PSEUDO[name] ?? 'native', name, `the pseudo-frame ${name}`, undefined)];
    }
    let segment: number[] = [];
    let loading = false;
    let node = leaf;
    let user = 0;
    for (; node > 0; node = tree.parent[node] as number) {
      const kind = kindOf(node);
      if (kind === 'runtime') segment.push(node);
      else if (isModuleTop(node)) {
        loading = true;
        segment = [];
      } else {
        user = node;
        break;
      }
    }
    // Above the program's frame there may be a package; the program's own line is where it can be changed.
    const own = nearestOwn(tree, kinds, user);
    if (loading)
      return [
        whole(
          'module-loading',
          'require',
          'modules run while they are loaded',
          place(own, /^(?:require|import)$/),
        ),
      ];
    if (user === 0) {
      const known = segment
        .map((n) => rules[frameOf(n)])
        .filter((r) => r !== undefined)
        .at(-1);
      return [
        whole(known?.cause ?? 'native', apiOf(leaf), 'frames of Node without one of the program', undefined),
      ];
    }
    if (segment.length > 0) {
      const outer = [...segment].reverse().find((n) => rules[frameOf(n)] !== undefined);
      if (outer !== undefined) {
        const cause = rules[frameOf(outer)]?.cause ?? 'native';
        const names = segment.map((n) => frames.name(frameOf(n)));
        return [
          whole(
            cause,
            apiOf(outer),
            `frames of ${frames.file(frameOf(outer)) || 'native code'} below the program’s`,
            callPlace(own, names, cause),
          ),
        ];
      }
      const api = apiOf(segment.at(-1) ?? leaf);
      return [whole('native', api, `the native function ${api}`, callPlace(own, [api], 'native'))];
    }
    const byPackage = packageCause(user);
    if (byPackage) return [{ ...byPackage, place: place(own) }];
    return byLine(leaf);
  };

  function apiOf(node: number): string {
    return frames.name(frameOf(node));
  }

  function packageCause(node: number): Omit<Attribution, 'place'> | undefined {
    if (kindOf(node) !== 'package') return undefined;
    const pkg = packageOf(frames.file(frameOf(node))) ?? '';
    const rule = PACKAGE_RULES.find((r) => r.packages.test(pkg));
    return rule
      ? { cause: rule.cause, api: pkg, matched: `frames of the package ${pkg}`, share: 1 }
      : undefined;
  }

  function place(node: number, call?: RegExp): Place | undefined {
    if (node === 0) return undefined;
    const f = frameOf(node);
    return source.placeOf(frameAt(frames, f), frames.line(f), call);
  }

  /** The line on which the program makes the call, found by the names of the frames below it. */
  function callPlace(node: number, names: readonly string[], cause: string): Place | undefined {
    if (node === 0) return undefined;
    const f = frameOf(node);
    return source.callPlace(frameAt(frames, f), names, cause);
  }

  /** Own samples of a function of the program, line by line. */
  function byLine(node: number): Attribution[] {
    const f = frameOf(node);
    const at = frameAt(frames, f);
    const mine = ticks.get(node);
    const total = mine?.reduce((sum, t) => sum + t.ticks, 0) ?? 0;
    if (!mine || total === 0) return [ofLine(node, at, 0, 1)];
    return mine.map((t) => ofLine(node, at, t.line, t.ticks / total));
  }

  function ofLine(node: number, at: FrameAt, line: number, share: number): Attribution {
    const found = source.operationAt(at, line);
    if (found.kind === 'call-only') {
      // Optimised code counts an inlined callee at the line of its call: it goes to the callee that was seen most.
      const callee = heaviest.own(node);
      if (callee > 0 && ticks.has(callee)) {
        const hottest = hottestLine(ticks.get(callee) ?? []);
        const inner = source.operationAt(frameAt(frames, frameOf(callee)), hottest);
        return named(callee, inner, hottest, share);
      }
    }
    if (found.kind === 'empty') {
      const up = tree.parent[node] as number;
      const rule = up > 0 ? rules[frameOf(up)] : undefined;
      if (rule)
        return {
          cause: rule.cause,
          api: apiOf(up),
          matched: `an empty function that ${apiOf(up)} calls`,
          place: place(nearestOwn(tree, kinds, up)),
          share,
        };
    }
    if (found.kind === 'inlined') {
      const callee = heaviest.any(node);
      const rule = callee > 0 ? rules[frameOf(callee)] : undefined;
      if (rule)
        return {
          cause: rule.cause,
          api: apiOf(callee),
          matched: `lines of ${apiOf(callee)}, inlined`,
          place: source.callPlace(at, [apiOf(callee)], rule.cause),
          share,
        };
      if (callee > 0 && kindOf(callee) === 'own') {
        const inner = source.operationAt(frameAt(frames, frameOf(callee)), line);
        if (inner.kind === 'operation') return named(callee, inner, line, share);
      }
      if (found.own) return named(node, { kind: 'operation', operation: found.own }, found.own.line, share);
    }
    if (found.kind === 'clock') {
      const up = tree.parent[node] as number;
      const outer = found.inlined ? node : up;
      if (outer > 0 && kindOf(outer) === 'own') {
        const loop = source.emptyLoop(frameAt(frames, frameOf(outer)));
        if (loop)
          return {
            cause: 'busy-wait',
            api: loop.operation.api,
            matched: 'a loop without a body that asks a clock',
            place: loop.place,
            share,
          };
        return {
          cause: 'own-code',
          api: frames.name(frameOf(outer)),
          matched: 'the caller of a look at the clock',
          place: place(outer),
          share,
        };
      }
    }
    return named(node, found, line, share);
  }

  function named(
    node: number,
    found: ReturnType<NodeSource['operationAt']>,
    line: number,
    share: number,
  ): Attribution {
    const f = frameOf(node);
    const at = frameAt(frames, f);
    const where = source.linePlace(at, line || frames.line(f));
    const pkg = kindOf(node) === 'package' ? nearestOwn(tree, kinds, node) : 0;
    if (found.kind === 'operation')
      return {
        cause: found.operation.cause,
        api: found.operation.api,
        matched: `${found.operation.api} on the hot line${found.operation.detail ? `: ${found.operation.detail}` : ''}`,
        place: where,
        share,
      };
    return {
      cause: 'own-code',
      api: at.name,
      matched:
        pkg > 0 ? `code of the package ${packageOf(at.file) ?? ''}` : 'samples of this function itself',
      place: where,
      share,
    };
  }
}

export interface FrameAt {
  name: string;
  file: string;
  line: number;
  column: number;
}
const frameAt = (frames: FrameTable, f: number): FrameAt => ({
  name: frames.name(f),
  file: frames.file(f),
  line: frames.line(f),
  column: frames.column(f),
});

function kindOfFrame(frames: FrameTable, f: number): Kind {
  const name = frames.name(f);
  const file = frames.file(f);
  if (file === '' && name in PSEUDO) return 'pseudo';
  if (file === '' || file.startsWith('node:') || file.startsWith('wasm:')) return 'runtime';
  if (NODE_RULES.some((r) => r.file?.test(file) && matches(r, name, file))) return 'runtime';
  return packageOf(file) === undefined ? 'own' : 'package';
}

const whole = (cause: string, api: string, matched: string, place: Place | undefined): Attribution => ({
  cause,
  api,
  matched,
  place,
  share: 1,
});

/** The nearest frame of the program itself, from a node towards the root; the node when there is none. */
function nearestOwn(tree: CallTree, kinds: readonly Kind[], node: number): number {
  for (const n of upwards(tree, node)) if (kinds[tree.frame[n] as number] === 'own') return n;
  return node;
}

interface Tick {
  line: number;
  ticks: number;
}

function ticksByNode(profile: Profile): Map<number, Tick[]> {
  const byNode = new Map<number, Tick[]>();
  const { lines } = profile;
  if (!lines) return byNode;
  for (let i = 0; i < lines.node.length; i++) {
    const node = lines.node[i] as number;
    const tick = { line: lines.line[i] as number, ticks: lines.ticks[i] as number };
    const known = byNode.get(node);
    if (known) known.push(tick);
    else byNode.set(node, [tick]);
  }
  return byNode;
}

const hottestLine = (ticks: readonly Tick[]): number =>
  [...ticks].sort((a, b) => b.ticks - a.ticks || a.line - b.line)[0]?.line ?? 0;

/** For a node the child with most samples, itself and below: of the program's own ones, and of all. */
function heaviestChildren(
  profile: Profile,
  kinds: readonly Kind[],
): { own(node: number): number; any(node: number): number } {
  const { tree } = profile;
  const own = new Int32Array(tree.size);
  const any = new Int32Array(tree.size);
  const totals = totalsOf(tree, profile.primary);
  const heavier = (n: number, than: number): boolean =>
    than === 0 || (totals[n] as number) > (totals[than] as number);
  for (let n = tree.size - 1; n > 0; n--) {
    const p = tree.parent[n] as number;
    if (heavier(n, any[p] as number)) any[p] = n;
    if (kinds[tree.frame[n] as number] === 'own' && heavier(n, own[p] as number)) own[p] = n;
  }
  return { own: (node) => own[node] as number, any: (node) => any[node] as number };
}
