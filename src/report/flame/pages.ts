import { ownSamples } from '../../facts/profiles/compare.js';
import { interpretProfile, type ProfileCause } from '../../facts/profiles/interpret.js';
import type { GivenProfile } from '../../facts/profiles/profile-facts.js';
import { sourcesBelow } from '../../facts/profiles/source/find-source.js';
import { flamePage } from './page.js';

/** A file that stands beside the report. */
export interface ReportPage {
  /** Path below the report's folder; made of fixed words. */
  path: string;
  text: string;
}

/** Where the flame graph of a source's profile stands beside the report. */
export const flamePath = (sourceId: string): string => `profiles/${sourceId}.html`;

/** A flame graph for each profile that was given as evidence. Lines of source code stay out of them. */
export function flamePages(given: readonly GivenProfile[], folders: readonly string[]): ReportPage[] {
  const sources = sourcesBelow(folders);
  return given.map(({ source, profile }) => {
    const seen = interpretProfile(profile, { sources });
    return {
      path: flamePath(source.id),
      text: flamePage({
        title: source.path,
        profile,
        sampleType: seen.sampleType,
        causes: seen.causes.map((c) => ({ ...c, place: placeText(c), line: undefined })),
        causeOfNode: seen.causeOfNode,
        own: ownSamples(profile, seen.sampleType),
        notes: [
          ...seen.adequacy.notes,
          ...profile.notes.map((n) => `${n.charAt(0).toUpperCase()}${n.slice(1)}.`),
        ],
      }),
    };
  });
}

/** `function (file:line)` of the heaviest place; empty when there is none. */
export function placeText(cause: ProfileCause): string {
  const place = cause.places[0]?.place;
  if (!place) return '';
  const file = place.file.replace(/^file:\/\//, '');
  return `${place.function}${file === '' ? '' : ` (${file}${place.line > 0 ? `:${place.line}` : ''})`}`;
}
