import type { Problem, Source } from '../../domain/index.js';
import type { Sink } from '../readers/sink.js';
import type { Limits } from './live/budget.js';
import type { Credential, CredentialNames } from './live/credentials.js';
import type { Answer, Client } from './live/http.js';

/** What a system can give. */
export const EVIDENCE_KINDS = ['metrics', 'traces', 'logs', 'profiles', 'changes', 'alerts'] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** A system to ask, as the case or the command line names it. */
export interface SourceEntry {
  /** Its name in results; the system's id unless the user gave one. */
  name: string;
  /** Id of the system: `prometheus`. */
  system: string;
  url?: string;
  /** What the system's own options say; each a text or a list of texts. */
  options: Readonly<Record<string, string | readonly string[]>>;
  limits: Partial<Limits>;
  /** The user pointed at the address on the command line. */
  trusted: boolean;
}

export interface TimeWindow {
  fromMs: number;
  toMs: number;
  role: Source['role'];
}

/** A question whose answer becomes evidence. Kept whole or not at all; after an interruption it is not asked again. */
export interface Page {
  /** The query as it is shown, with its range: it tells pages of a source apart. */
  query: string;
  ask(): Promise<Answer>;
  /** Writes what the answer says. What it returns is given back, also by a resumed run: the cursor of the next page. */
  read(answer: Answer, sink: Sink): Promise<string | undefined> | string | undefined;
  /** Told what an earlier run got back for this page, which is not asked again. */
  kept?(next: string | undefined): void;
  /** Smaller pages that together ask the same, for a system that says the answer is too much; none when it is smallest. */
  split?(): readonly Page[];
}

/** What a source is given to work with. */
export interface Asking {
  entry: SourceEntry;
  /** Absent for systems without an address: local files, this host. */
  client: Client;
  credential: Credential | undefined;
  window: TimeWindow;
  /** All windows of this run, for systems that hold one against another themselves. */
  windows: readonly TimeWindow[];
  signal: AbortSignal;
  /** A look-up that steers what is asked next. Remembered: a resumed run goes the same way. `value` must be plain JSON. */
  look<T>(query: string, value: () => Promise<T>): Promise<T>;
  page(page: Page): Promise<string | undefined>;
  /** Pages that do not depend on each other: asked ahead, read in their order. A page that fails leaves a gap. */
  pages(pages: Iterable<Page>): Promise<void>;
  /** Something that could not be had, or only in part. */
  gap(problem: Omit<Problem, 'where' | 'severity'> & { severity?: Problem['severity'] }): void;
  /** The value of an option, or lists of them; empty when it is not given. */
  option(name: string): string | undefined;
  list(name: string): readonly string[];
}

/** Whether a system answers, and what it lets this user see. */
export interface Probe {
  /** Product and version as the system says. */
  version: string;
  /** What it can answer here. */
  can: readonly EvidenceKind[];
  /** What it cannot, and why: a missing right, an old version. */
  notes: readonly string[];
}

/** One kind of query of a plan. */
export interface PlannedQuery {
  query: string;
  calls: number;
  /** Records expected: points, spans, lines; `undefined` when only the answer tells. */
  records?: number;
}

/** One kind of system that can be asked. One file or folder each, in this folder, as its default export. */
export interface SourceSystem {
  id: string;
  title: string;
  /** Ids in the knowledge data of the products it speaks to: for the proposal of a `sources:` block. */
  products: readonly string[];
  gives: readonly EvidenceKind[];
  /** What it is asked for, in a few words. */
  asks: string;
  /** An address as it usually is, for the proposal. */
  example?: string;
  /** Address that is used when none is given; for vendors, and for local agents. `undefined`: it has to be given. */
  defaultUrl?: string;
  /** `none`: it has no address: local files, this host. */
  address: 'url' | 'none';
  /** Protocols of its addresses; http and https when left out. */
  protocols?: readonly string[];
  /** Hosts of the vendor, to which its credential may go although only a case names them. */
  vendorHosts?: RegExp;
  credentials: CredentialNames;
  /** Headers that prove who asks. */
  headers(credential: Credential | undefined, entry: SourceEntry): Readonly<Record<string, string>>;
  /** Options it knows, and what each means. */
  options: Readonly<Record<string, string>>;
  /**
   * Asked once although there are two windows: `changes` over both and the time between, because a change is not of one of
   * them; `now` for what only tells how it is now.
   */
  once?: 'changes' | 'now';
  /** Requests a second unless the user says otherwise. */
  perSecond?: number;
  isTooMuch?(status: number, body: string): boolean;
  probe(asking: Asking): Promise<Probe>;
  plan(asking: Asking): Promise<readonly PlannedQuery[]>;
  collect(asking: Asking): Promise<void>;
}

export const isoMs = (ms: number): string => new Date(ms).toISOString();
/** Seconds with three decimals, as Prometheus and others take them. */
export const secondsOf = (ms: number): string => (ms / 1000).toFixed(3);
export const nsOf = (ms: number): bigint => BigInt(Math.round(ms * 1000)) * 1000n;

/** Bearer token, or user and password. */
export function bearerOrBasic(credential: Credential | undefined): Readonly<Record<string, string>> {
  if (credential?.token !== undefined) return { authorization: `Bearer ${credential.token}` };
  if (credential?.user !== undefined || credential?.password !== undefined)
    return {
      authorization: `Basic ${Buffer.from(`${credential.user ?? ''}:${credential.password ?? ''}`).toString('base64')}`,
    };
  return {};
}
