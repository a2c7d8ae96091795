import { NO_SCOPE, resources } from '../../readers/json-map.js';
import type { AttributeMap } from '../../readers/records.js';
import type { Sink } from '../../readers/sink.js';
import { nsOf } from '../source.js';

/** A series of levels as vendors' APIs give them. */
export interface GaugeSeries {
  service: string;
  name: string;
  unit: string;
  attributes: readonly (readonly [string, string])[];
  /** Milliseconds since 1970, and the value; what is no finite number is left out. */
  points: readonly (readonly [number, number])[];
}

export function writeGauges(all: readonly GaugeSeries[], sink: Sink): void {
  const resource = resources(sink);
  for (const { service, name, unit, attributes, points } of all) {
    const metric = { resource: resource(service), scope: NO_SCOPE, name, description: '', unit };
    const map: AttributeMap = sink.map(attributes);
    for (const [ms, value] of points)
      if (Number.isFinite(value) && Number.isFinite(ms))
        sink.gauge(
          metric,
          { attributes: map, startNs: 0n, timeNs: nsOf(ms), flags: 0, exemplars: [], value },
          0,
        );
  }
}
