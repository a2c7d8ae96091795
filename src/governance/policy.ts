import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { LEVELS } from './classification.js';
import { Refusal } from './refusal.js';
import { readPublicKey } from './ssh-keys.js';

/** Where the policy of a project lies. */
export const POLICY_PATH = '.kneepoint/policy.yaml';

const personSchema = z.strictObject({
  name: z.string().min(1),
  /** `ssh-ed25519 AAAA…`, as in authorized_keys. */
  key: z.string().min(1),
});
const rolesOfRisk = z.array(z.string().min(1)).min(1);
const days = z.number().int().positive().max(36_500);
const FIVE_YEARS_DAYS = 1826;

/** From the one that may only send telemetry to the one that may do everything. */
export const ROLES = ['sender', 'viewer', 'engineer', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export const policySchema = z.strictObject({
  /** Who holds which role. */
  roles: z.record(z.string(), z.array(personSchema)).default({ 'SRE-Lead': [], 'Platform-Architect': [] }),
  approvals: z
    .strictObject({
      /** Roles that must approve, by risk; each by a different person. */
      low: rolesOfRisk.default(['SRE-Lead']),
      medium: rolesOfRisk.default(['SRE-Lead', 'Platform-Architect']),
      high: rolesOfRisk.default(['SRE-Lead', 'Platform-Architect']),
      /** Hours that an approval lasts at most. */
      validHours: z.number().positive().max(8760).default(168),
      breakGlassHours: z.number().positive().max(72).default(4),
    })
    .prefault({}),
  classification: z
    .strictObject({
      /** What results are made as. */
      level: z.enum(LEVELS).default('confidential'),
      /** The most sensitive level that may be exported. */
      exportUpTo: z.enum(LEVELS).default('confidential'),
    })
    .prefault({}),
  retention: z
    .strictObject({
      decisionsDays: days.default(FIVE_YEARS_DAYS),
      auditDays: days.default(FIVE_YEARS_DAYS),
      reportsDays: days.default(365),
      telemetryDays: days.default(30),
      /** What must not be purged, whatever its age: a path or the beginning of one, and why. */
      legalHolds: z.array(z.strictObject({ path: z.string().min(1), reason: z.string().min(1) })).default([]),
    })
    .prefault({}),
  redaction: z
    .strictObject({
      /** A file of rules beside the built-in ones. */
      rules: z.string().optional(),
    })
    .prefault({}),
  access: z
    .strictObject({
      /** Beyond this machine the server needs TLS and tokens. */
      listen: z.string().default('127.0.0.1'),
      tls: z.strictObject({ certificate: z.string(), key: z.string() }).optional(),
      tokens: z
        .array(
          z.strictObject({
            name: z.string().min(1),
            role: z.enum(ROLES),
            /** SHA-256 of the token: the token itself stays with its owner. */
            sha256: z
              .string()
              .regex(/^[0-9a-f]{64}$/, 'must be the SHA-256 of the token in 64 hexadecimal digits'),
          }),
        )
        .default([]),
      /** Of one caller, beside telemetry. */
      requestsPerMinute: z.number().int().positive().max(1_000_000).default(600),
      /** Names under which the server is reached, beside those of this machine: others are refused (DNS rebinding). */
      hosts: z.array(z.string().regex(/^[A-Za-z0-9.:[\]-]+$/, 'must be a name or an address')).default([]),
      /** Pages of other origins that may send telemetry, such as https://shop.example. */
      origins: z
        .array(z.string().regex(/^https?:\/\/[^/]+$/, 'must be like https://shop.example'))
        .default([]),
    })
    .prefault({}),
  /** A model that may propose and word; nothing is asked of any model without this and investigate --with-model. */
  model: z
    .strictObject({
      provider: z.enum(['anthropic', 'openai-compatible', 'ollama']),
      name: z.string().min(1).max(200),
      /** Where it is reached, such as http://127.0.0.1:11434/v1. */
      url: z.url({ protocol: /^https?$/ }).optional(),
      /** The variable of the environment that holds its key. */
      keyVariable: z
        .string()
        .regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of a variable')
        .optional(),
      /** In and out, of one investigation. */
      maxTokens: z.number().int().positive().max(1_000_000).default(30_000),
      timeoutSeconds: z.number().positive().max(600).default(60),
    })
    .optional(),
  receiver: z
    .strictObject({
      /** Of one request, unpacked. */
      maxRequestMb: z.number().positive().max(256).default(20),
      /** Of all requests at work. */
      maxInFlightMb: z.number().positive().max(4096).default(64),
      /** Requests of one client at once. */
      requestsPerClient: z.number().int().positive().max(10_000).default(100),
      /** What waited longer is refused with 429. */
      maxWaitMs: z.number().positive().max(60_000).default(100),
      /** Of what was received; the oldest goes first. Its age is retention.telemetryDays. */
      keepMb: z.number().positive().default(10_240),
    })
    .prefault({}),
});
export type Policy = z.infer<typeof policySchema>;
export type Risk = 'low' | 'medium' | 'high';

export const DEFAULT_POLICY: Policy = policySchema.parse({});

/** Reads a policy. Refuses one with a mistake, naming its line: a policy that is half understood protects nobody. */
export function readPolicy(text: string, file: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const error = document.errors[0];
  if (error)
    throw new Refusal(
      `The policy is no YAML: ${error.code}.`,
      `${file}:${lines.linePos(error.pos[0]).line}`,
      'Mend this line.',
    );
  const parsed = policySchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = (issue?.path ?? []).map(String);
    const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
    const line = node?.range ? `:${lines.linePos(node.range[0]).line}` : '';
    throw new Refusal(
      `The policy is wrong at ${path.join('.') || 'its top'}: ${issue?.message ?? ''}.`,
      `${file}${line}`,
      'docs/governance.md lists every setting.',
    );
  }
  return checked(parsed.data, file);
}

/** Whether an address is reached from this machine alone. */
export const isLoopback = (address: string): boolean =>
  /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/.test(address);

function checked(policy: Policy, file: string): Policy {
  const owners = new Map<string, string>();
  for (const [role, people] of Object.entries(policy.roles))
    for (const person of people) {
      const { fingerprint } = readPublicKey(person.key, `${file}, roles.${role}, ${person.name}`);
      const owner = owners.get(fingerprint) ?? person.name;
      owners.set(fingerprint, owner);
      if (owner !== person.name)
        throw new Refusal(
          `One key belongs to ${owner} and to ${person.name}: two people must be two keys.`,
          `${file}, roles.${role}`,
          'Give each person a key of their own.',
        );
    }
  for (const risk of ['low', 'medium', 'high'] as const)
    for (const role of policy.approvals[risk])
      if (!(role in policy.roles))
        throw new Refusal(
          `approvals.${risk} asks for the role ${role}, which nobody can hold.`,
          file,
          `Add it below roles, with its people.`,
        );
  const { listen, tls, tokens } = policy.access;
  const names = tokens.map((t) => t.name);
  const twice = names.find((n, i) => names.indexOf(n) !== i);
  if (twice !== undefined)
    throw new Refusal(`Two tokens are named ${twice}.`, `${file}, access.tokens`, 'Give each its own name.');
  if (policy.receiver.maxRequestMb > policy.receiver.maxInFlightMb)
    throw new Refusal(
      'receiver.maxRequestMb is more than receiver.maxInFlightMb: no such request could ever be taken.',
      file,
      'Raise the second, or lower the first.',
    );
  if (!isLoopback(listen) && (!tls || tokens.length === 0))
    throw new Refusal(
      `access.listen is ${listen}, beyond this machine, without ${tls ? 'tokens' : 'TLS'}.`,
      file,
      'Set access.tls and access.tokens, or listen on 127.0.0.1.',
    );
  return policy;
}
