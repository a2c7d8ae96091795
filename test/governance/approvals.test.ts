import { beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/domain/index.js';
import { planOf } from '../../src/governance/approvals/plan.js';
import { standingOf } from '../../src/governance/approvals/standing.js';
import { readStatement } from '../../src/governance/approvals/statement.js';
import type { Policy } from '../../src/governance/policy.js';
import { AT, decided, later, person, policyOf, sampleResult } from './sample-plan.js';

const LEAD = 'SRE-Lead';
const ARCHITECT = 'Platform-Architect';
const [ann, bob, eve] = [person('ann'), person('bob'), person('eve')];
const policy: Policy = policyOf({ [LEAD]: [ann], [ARCHITECT]: [ann, bob] });

let result: Result;
let id: string;
beforeAll(async () => {
  result = await sampleResult();
  const risky = result.recommendations.find((r) => r.risk !== 'low');
  if (!risky) throw new Error('the sample case recommends nothing that needs two people');
  id = risky.id;
});

const standing = (texts: readonly string[], of: Result = result, now = later(1)) =>
  standingOf(
    planOf(of, id),
    texts.map((t) => readStatement(t, 'a.txt')),
    policy,
    new Date(now),
  );
const whyVoid = (text: string, of: Result = result, now = later(1)) =>
  standing([text], of, now).statements[0]?.void;

describe('approvals', () => {
  it('take two different people in the two roles', () => {
    expect(standing([]).missing).toEqual([LEAD, ARCHITECT]);
    expect(standing([decided(result, id, ann, LEAD)]).missing).toEqual([ARCHITECT]);
    expect(standing([decided(result, id, ann, LEAD), decided(result, id, ann, ARCHITECT)]).state).toBe(
      'pending',
    );
    expect(standing([decided(result, id, ann, LEAD), decided(result, id, bob, ARCHITECT)]).state).toBe(
      'approved',
    );
  });
  it('find the people for the roles whatever the order of the statements', () => {
    const texts = [
      decided(result, id, ann, ARCHITECT),
      decided(result, id, ann, LEAD),
      decided(result, id, bob, ARCHITECT),
    ];
    expect(standing(texts).state).toBe('approved');
    expect(standing([...texts].reverse()).state).toBe('approved');
  });
  it('are void when the recommendation, the evidence or a deliverable changes by anything', () => {
    const text = decided(result, id, ann, LEAD);
    const changed = (change: (r: Result) => void): Result => {
      const copy = structuredClone(result);
      change(copy);
      return copy;
    };
    const other = (r: Result) => r.recommendations.find((x) => x.id === id);
    expect(
      whyVoid(
        text,
        changed((r) => other(r)?.description.push(' ')),
      ),
    ).toBe('the recommendation changed since');
    expect(
      whyVoid(
        text,
        changed((r) => {
          const f = r.facts[0];
          if (f) f.value += 1e-9;
        }),
      ),
    ).toBe('the evidence changed since');
    expect(
      whyVoid(
        text,
        changed((r) => r.deliverables[0]?.text.push('#')),
      ),
    ).toBe('the deliverables changed since');
    expect(whyVoid(text, structuredClone(result))).toBeUndefined();
  });
  it('do not count for another recommendation', () => {
    const second = result.recommendations.find((r) => r.id !== id);
    expect(second).toBeDefined();
    expect(whyVoid(decided(result, second?.id ?? '', ann, LEAD))).toBe('it is of another recommendation');
  });
  it('do not count with a key that the policy does not know, or not for this role', () => {
    expect(whyVoid(decided(result, id, eve, LEAD))).toBe('the policy does not give its key this role');
    expect(whyVoid(decided(result, id, { ...eve, name: 'ann' }, LEAD))).toBe(
      'the policy does not give its key this role',
    );
    expect(whyVoid(decided(result, id, bob, LEAD))).toBe('the policy does not give its key this role');
  });
  it('expire, at the hour they say and at the hour the policy says, and do not come from the future', () => {
    expect(whyVoid(decided(result, id, ann, LEAD), result, later(24))).toBe('it has expired');
    expect(whyVoid(decided(result, id, ann, LEAD, { hours: 100_000 }), result, later(169))).toBe(
      'it has expired',
    );
    expect(whyVoid(decided(result, id, ann, LEAD, { at: later(2) }))).toBe('it is from the future');
  });
  it('are not accepted with any one bit turned', () => {
    const text = decided(result, id, ann, LEAD);
    const bytes = Buffer.from(text);
    let accepted = 0;
    for (let i = 0; i < bytes.length; i += 7) {
      const turned = Buffer.from(bytes);
      turned[i] = (turned[i] as number) ^ (1 << (i % 7));
      try {
        if (whyVoid(turned.toString('utf8')) === undefined && turned.toString('utf8') !== text) accepted++;
      } catch {
        // Refused as unreadable.
      }
    }
    // Between the lines of a signature blanks carry nothing; what they frame is the same.
    expect(accepted).toBe(0);
  });
  it('cannot be given a second field by a line break in a reason', () => {
    const text = decided(result, id, ann, LEAD).replace(
      'reason: "',
      'reason: "x"\nrole: "SRE-Lead"\nreason: "',
    );
    expect(() => readStatement(text, 'a.txt')).toThrow(/altered/);
  });
  it('that were refused stay refused until the same person approves', () => {
    const no = decided(result, id, bob, ARCHITECT, { decision: 'reject' });
    const lead = decided(result, id, ann, LEAD);
    expect(standing([no, lead], result, later(1)).state).toBe('refused');
    expect(standing([no, decided(result, id, ann, ARCHITECT), lead], result, later(1)).state).toBe('refused');
    expect(standing([no, lead, decided(result, id, bob, ARCHITECT, { at: later(0.5) })]).state).toBe(
      'approved',
    );
  });
  it('can be passed by break-glass for hours, and ask for review for ever', () => {
    const glass = decided(result, id, ann, LEAD, { decision: 'break-glass' });
    expect(standing([glass]).state).toBe('break-glass');
    const no = decided(result, id, ann, LEAD, { decision: 'reject', at: later(-1) });
    expect(standing([no, glass]).state).toBe('refused');
    expect(standing([glass], result, later(5)).state).toBe('pending');
    expect(standing([glass], result, later(5)).toBeReviewed).toBe(true);
    const reviewed = [
      glass,
      decided(result, id, ann, LEAD, { at: later(5) }),
      decided(result, id, bob, ARCHITECT, { at: later(5) }),
    ];
    expect(standing(reviewed, result, later(6))).toMatchObject({ state: 'approved', toBeReviewed: false });
  });
  it('are dated in the text that is signed', () => {
    expect(readStatement(decided(result, id, ann, LEAD), 'a.txt').statement.at).toBe(AT);
  });
});
