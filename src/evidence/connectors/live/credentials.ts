import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** What proves to a system who asks. Never written anywhere, never part of a message. */
export interface Credential {
  token?: string;
  user?: string;
  password?: string;
  /** Datadog takes two keys. */
  apiKey?: string;
  appKey?: string;
}

/** Where a system's credential stands in the environment, by field, the usual names of its own tools first. */
export type CredentialNames = Partial<Record<keyof Credential, readonly string[]>>;

const keyringSchema = z.record(
  z.string(),
  z
    .object({
      /** The one origin this credential may be sent to: `https://prometheus.example.com`. */
      origin: z.url(),
      token: z.string().optional(),
      user: z.string().optional(),
      password: z.string().optional(),
      api_key: z.string().optional(),
      app_key: z.string().optional(),
    })
    .strict(),
);
export type Keyring = z.infer<typeof keyringSchema>;

/** What is wrong with the keyring: what, where, what to do. */
export class KeyringFault extends Error {
  override readonly name = 'KeyringFault';
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
  ) {
    super(what);
  }
}

export const keyringPath = (environment: NodeJS.ProcessEnv): string =>
  environment.KNEEPOINT_KEYRING ??
  join(environment.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'kneepoint', 'keyring.yaml');

/**
 * Reads the keyring; absent, it is empty. One that others may read is refused.
 * @throws KeyringFault without any of its content.
 */
export function readKeyring(path: string): Keyring {
  let mode: number;
  try {
    mode = statSync(path).mode;
  } catch {
    return {};
  }
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new KeyringFault(
      `The keyring may be read by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')}).`,
      path,
      `chmod 600 ${path}`,
    );
  let value: unknown;
  try {
    value = parse(readFileSync(path, 'utf8'), { prettyErrors: false });
  } catch {
    // The parser's message would quote the line.
    throw new KeyringFault(
      'The keyring is no YAML.',
      path,
      'Write `name: {origin: https://…, token: …}`, one source a line.',
    );
  }
  const parsed = keyringSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const at = parsed.error.issues[0]?.path.join('.') ?? '';
  throw new KeyringFault(
    `The keyring has an entry of another form (${at}).`,
    path,
    'An entry has an origin and token, user and password, or api_key and app_key.',
  );
}

export interface FoundCredential {
  credential: Credential;
  /** Where it came from, by name alone: `DD_API_KEY`, `keyring`. */
  from: string;
}

/**
 * The credential for a source. The keyring's is bound to its origin. One of the environment goes where the user pointed
 * on the command line, to this machine, or to the vendor's own hosts; to an address that only a case file names it is
 * not sent, because a case may come from somebody else: then `withheld` tells which.
 */
export function credentialFor(
  source: { name: string; origin: string; trusted: boolean },
  names: CredentialNames,
  keyring: Keyring,
  environment: NodeJS.ProcessEnv,
): { found?: FoundCredential; withheld?: string } {
  const own = Object.hasOwn(keyring, source.name) ? keyring[source.name] : undefined;
  if (own && originOf(new URL(own.origin)) === source.origin) {
    const { token, user, password, api_key: apiKey, app_key: appKey } = own;
    return { found: { from: 'keyring', credential: defined({ token, user, password, apiKey, appKey }) } };
  }
  const prefix = `KNEEPOINT_${source.name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
  const all: Record<keyof Credential, readonly string[]> = {
    token: [`${prefix}_TOKEN`, ...(names.token ?? [])],
    user: [`${prefix}_USER`, ...(names.user ?? [])],
    password: [`${prefix}_PASSWORD`, ...(names.password ?? [])],
    apiKey: [`${prefix}_API_KEY`, ...(names.apiKey ?? [])],
    appKey: [`${prefix}_APP_KEY`, ...(names.appKey ?? [])],
  };
  const used: string[] = [];
  const credential: Credential = {};
  for (const field of Object.keys(all) as (keyof Credential)[]) {
    const name = all[field].find((n) => (environment[n] ?? '') !== '');
    if (name === undefined) continue;
    credential[field] = environment[name] ?? '';
    used.push(name);
  }
  if (used.length === 0) return own ? { withheld: 'the keyring entry, whose origin is another one' } : {};
  if (!source.trusted) return { withheld: used.join(', ') };
  return { found: { credential, from: used.join(', ') } };
}

const defined = (credential: { [K in keyof Credential]?: string | undefined }): Credential =>
  Object.fromEntries(Object.entries(credential).filter(([, v]) => v !== undefined));

export const secretsOf = (credential: Credential | undefined): string[] =>
  credential
    ? [credential.token, credential.password, credential.apiKey, credential.appKey].filter(
        (s): s is string => s !== undefined,
      )
    : [];

/** Protocol, host and port; also of protocols for which the platform knows no origin. */
export const originOf = (url: URL): string =>
  url.origin === 'null' ? `${url.protocol}//${url.host}` : url.origin;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
export const isLoopback = (url: URL): boolean => LOOPBACK.test(url.hostname);
