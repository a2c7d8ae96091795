import { describe, expect, it } from 'vitest';
import { levelOf, mayLeave } from '../../src/governance/classification.js';
import { DEFAULT_POLICY, policySchema, readPolicy } from '../../src/governance/policy.js';
import { retentionOf } from '../../src/governance/retention.js';
import { readPublicKey } from '../../src/governance/ssh-keys.js';
import { person } from './sample-plan.js';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXampleExampleExampleExampleExampleExampleExamp';
const refused = (text: string): string => {
  try {
    readPolicy(text, 'policy.yaml');
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('the policy', () => {
  it('asks two roles for what is risky, and keeps decisions five years, when nothing is said', () => {
    expect(readPolicy('', 'p')).toEqual(DEFAULT_POLICY);
    expect(DEFAULT_POLICY.approvals.high).toEqual(['SRE-Lead', 'Platform-Architect']);
    expect(DEFAULT_POLICY.retention.decisionsDays).toBe(1826);
  });
  it.each([
    ['approvals:\n  hihg: [SRE-Lead]\n', /policy\.yaml:2.*|approvals/],
    ['approvals: {high: [Nobody]}\n', /Nobody/],
    ['roles: [\n', /no YAML/],
    ['retention: {auditDays: -1}\n', /retention\.auditDays/],
    ['classification: {exportUpTo: secret}\n', /classification\.exportUpTo/],
    ['access: {listen: 0.0.0.0}\n', /without TLS/],
    ['access: {tokens: [{name: a, role: viewer, sha256: abc}]}\n', /SHA-256 of the token/],
    ['access: {tokens: [{name: a, role: root, sha256: ""}]}\n', /access\.tokens\.0\.role/],
    ['roles: {SRE-Lead: [{name: ann, key: "ssh-rsa AAAA"}], Platform-Architect: []}\n', /no Ed25519 key/],
  ])('is refused whole for a mistake: %j', (text, why) => {
    expect(refused(text)).toMatch(why);
  });
  it('is refused when one key is two people', () => {
    const key = JSON.stringify(person('ann').publicKey);
    expect(
      refused(
        `roles:\n  SRE-Lead: [{name: ann, key: ${key}}]\n  Platform-Architect: [{name: bob, key: ${key}}]\n`,
      ),
    ).toMatch(/two people must be two keys/);
  });
});

describe('keys', () => {
  it('are read only whole and only of the kind Ed25519', () => {
    expect(() => readPublicKey(KEY.slice(0, 60), 'k')).toThrow();
    expect(() => readPublicKey('', 'k')).toThrow(/no Ed25519/);
    expect(readPublicKey(person('x').publicKey, 'k').fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  });
});

describe('retention', () => {
  const policy = policySchema.parse({ retention: { legalHolds: [{ path: 'cases/7/', reason: 'court' }] } });
  const at = (path: string, since: string, kind: 'telemetry' | 'decision' = 'telemetry') =>
    ({ path, class: kind, since }) as const;
  const due = (
    since: string,
    path = 'a',
    kind: 'telemetry' | 'decision' = 'telemetry',
  ): boolean | undefined =>
    retentionOf([at(path, since, kind)], policy, new Date('2026-03-01T00:00:00Z'))[0]?.due;
  it('lets telemetry go after a month and decisions after five years, to the day', () => {
    expect(due('2026-01-30T00:00:00Z')).toBe(false);
    expect(due('2026-01-29T00:00:00Z')).toBe(true);
    expect(due('2021-03-02T00:00:00Z', 'd', 'decision')).toBe(false);
    expect(due('2021-02-27T00:00:00Z', 'd', 'decision')).toBe(true);
  });
  it('never lets go what is on legal hold, nor what has no date', () => {
    expect(due('2020-01-01T00:00:00Z', 'cases/7/spans')).toBe(false);
    expect(due('2020-01-01T00:00:00Z', 'cases/77/spans')).toBe(true);
    expect(due('', 'a')).toBe(false);
  });
});

describe('classification', () => {
  it('lets leave what is at most of the allowed level; an unknown word is the highest', () => {
    expect(mayLeave('confidential', 'confidential')).toBe(true);
    expect(mayLeave('restricted', 'confidential')).toBe(false);
    expect(levelOf('Confidential ')).toBe('restricted');
  });
});
