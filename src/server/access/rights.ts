import type { Role } from '../../governance/policy.js';

/** What may be done over the network. */
export type Right =
  /** Telemetry in. */
  | 'send'
  /** Results, facts, reports. */
  | 'read'
  /** Work that costs time: investigations, questions to telemetry, what-if, MCP. */
  | 'work'
  /** Signed decisions in. */
  | 'decide'
  /** What an administrator sees: audit, retention. */
  | 'manage';

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  sender: ['send'],
  viewer: ['read'],
  engineer: ['send', 'read', 'work'],
  approver: ['read', 'decide'],
  admin: ['send', 'read', 'work', 'decide', 'manage'],
};

/** Who asks, as the token says. */
export interface Caller {
  name: string;
  role: Role;
}

export const may = (caller: Caller, right: Right): boolean => RIGHTS[caller.role].includes(right);
