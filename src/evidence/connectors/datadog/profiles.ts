import { unzipSync } from 'fflate';
import { readProfileBytes } from '../../readers/profiles/by-content.js';
import { MalformedProfile } from '../../readers/profiles/profile-reader.js';
import { isObject } from '../../readers/sample.js';
import type { Sink } from '../../readers/sink.js';
import { parseTimeNs } from '../../readers/time.js';
import { AskFault } from '../live/fault.js';
import { type Answer, parseJson } from '../live/http.js';
import { type Asking, isoMs, nsOf, type Page } from '../source.js';

/** Profiles that are fetched of those that the list names: a minute of one process each. */
export const MOST_PROFILES = 10;
const LISTED = 200;
/** Of one file of an archive, unpacked. */
const MOST_FILE_BYTES = 128 * 1024 * 1024;

interface Listed {
  /** Of the event in the list, and of the profile that it is about. */
  event: string;
  profile: string;
  service: string;
  at: string;
  durationNs: number;
}

/** Which profiles there are, and of each service some of them, spread over the window. */
export async function collectProfiles(asking: Asking): Promise<void> {
  const { fromMs, toMs } = asking.window;
  const services = asking.list('services');
  const scope = asking.option('scope');
  const query = [
    ...(services.length > 0 ? [`service:(${services.join(' OR ')})`] : []),
    ...(scope === undefined || scope === '*' ? [] : [scope.replaceAll(',', ' ')]),
  ].join(' ');
  const told = await asking.page({
    query: `list of profiles ${query || '*'} from ${isoMs(fromMs)} to ${isoMs(toMs)}`,
    ask: () =>
      asking.client.ask({
        method: 'POST',
        path: '/api/unstable/profiles/list',
        body: {
          filter: { from: isoMs(fromMs), to: isoMs(toMs), query: query || '*' },
          sort: { order: 'asc', field: 'timestamp' },
          limit: LISTED,
        },
        // An organisation without the profiler has no such path.
        accepts: [404],
      }),
    read(answer) {
      return answer.status === 404 ? undefined : JSON.stringify(chosen(listedIn(answer)));
    },
  });
  if (told === undefined) return;
  const list = JSON.parse(told) as Listed[];
  await asking.pages(list.map((one) => profilePage(asking, one)));
}

function listedIn(answer: Answer): Listed[] {
  const value = parseJson(answer);
  if (!isObject(value) || !Array.isArray(value.data))
    throw new AskFault('malformed', 'its answer holds no list of profiles');
  return value.data.filter(isObject).flatMap((item) => {
    const a = isObject(item.attributes) ? item.attributes : {};
    const [event, profile] = [String(item.id ?? ''), String(a.id ?? '')];
    return event === '' || profile === ''
      ? []
      : [
          {
            event,
            profile,
            service: String(a.service ?? ''),
            at: String(a.timestamp ?? ''),
            durationNs: Number(a.duration_nanos ?? 0),
          },
        ];
  });
}

/** As many of each service, spread over the list: the first of each, then the last, then those between. */
function chosen(list: readonly Listed[]): Listed[] {
  const groups = new Map<string, Listed[]>();
  for (const one of list) groups.set(one.service, [...(groups.get(one.service) ?? []), one]);
  const each = Math.max(1, Math.floor(MOST_PROFILES / Math.max(1, groups.size)));
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, all]) => {
      const count = Math.min(each, all.length);
      return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
    })
    .filter((one): one is Listed => one !== undefined)
    .slice(0, MOST_PROFILES);
}

function profilePage(asking: Asking, one: Listed): Page {
  return {
    query: `profile ${one.profile} of ${one.service} at ${one.at}`,
    ask: () =>
      asking.client.ask({
        path: `/api/ui/profiling/profiles/${encodeURIComponent(one.profile)}/download`,
        parameters: [['eventId', one.event]],
      }),
    async read(answer, sink) {
      for (const [name, bytes] of filesIn(answer)) await writeProfile(asking, one, name, bytes, sink);
      return undefined;
    },
  };
}

/** Files of the archive that may be profiles: not its descriptions, and none that unpacks to too much. */
function filesIn(answer: Answer): [string, Uint8Array][] {
  try {
    const files = unzipSync(answer.bytes, {
      filter: (f) => !/\.(?:json|txt)$/.test(f.name) && f.originalSize <= MOST_FILE_BYTES,
    });
    return Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  } catch {
    throw new AskFault('malformed', 'its answer is no archive of a profile');
  }
}

async function writeProfile(
  asking: Asking,
  one: Listed,
  name: string,
  bytes: Uint8Array,
  sink: Sink,
): Promise<void> {
  try {
    const profile = await readProfileBytes(Buffer.from(bytes));
    sink.profile({
      ...profile,
      startNs: parseTimeNs(one.at) ?? nsOf(asking.window.fromMs),
      ...(one.durationNs > 0 ? { durationNs: one.durationNs } : {}),
      labels: [{ key: 'service_name', value: one.service, weight: profile.samples }, ...profile.labels],
    });
  } catch (error) {
    if (!(error instanceof MalformedProfile)) throw error;
    asking.gap({
      severity: 'note',
      what: `${name.slice(0, 100)} of a profile of ${one.service} could not be read: ${error.what}.`,
      todo: 'Nothing, unless this profile is missed.',
    });
  }
}
