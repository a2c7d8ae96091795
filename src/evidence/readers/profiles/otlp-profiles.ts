import { isObject, type JsonObject } from '../sample.js';
import { readJson } from './json-plan.js';
import { otlpProfile } from './otlp-messages.js';
import { profileReader } from './profile-reader.js';

/** OpenTelemetry profiles as JSON. The signal is in development: other shapes of it are refused by name. */
export default profileReader({
  id: 'otlp-profiles',
  title: 'OTLP profiles JSON',
  looksFor: 'OTLP profiles (resourceProfiles with a dictionary)',
  recognise(sample) {
    const head = sample.json?.value;
    return isObject(head) && Array.isArray(head.resourceProfiles)
      ? { confidence: 1, by: 'a list named resourceProfiles' }
      : undefined;
  },
  async parse({ bytes }) {
    let dictionary: JsonObject | undefined;
    const resources: JsonObject[] = [];
    await readJson(bytes, {
      members: {
        dictionary: {
          value: (v) => {
            if (isObject(v)) dictionary = v;
          },
        },
        resourceProfiles: { each: (v) => isObject(v) && resources.push(v) },
      },
    });
    return otlpProfile(dictionary, resources);
  },
});
