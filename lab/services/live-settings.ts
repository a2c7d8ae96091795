import { HEALTHY, type Settings, withSettings } from '../settings.js';
import { application } from './service.js';

let current = withSettings(HEALTHY, JSON.parse(process.env.NOVAPAY_SETTINGS ?? '{}'));
const told: ((settings: Settings) => void | Promise<void>)[] = [];

/** The settings as they are now. */
export const settings = (): Settings => current;

/** Calls `listener` after each change; a change is answered when all listeners are done. */
export const onChange = (listener: (settings: Settings) => void | Promise<void>): void => {
  told.push(listener);
};

/** An application that shows the settings and changes them: `GET` and `POST /-/settings`. */
export function settingsApplication() {
  const admin = application();
  admin.get('/-/settings', (_request, response) => {
    response.json(current);
  });
  admin.post('/-/settings', async (request, response) => {
    try {
      current = withSettings(current, request.body as Record<string, unknown>);
    } catch (error) {
      response.status(400).json({ error: (error as Error).message });
      return;
    }
    for (const listener of told) await listener(current);
    response.json(current);
  });
  return admin;
}
