export { comparisonSchema, type Proposal, proposalSchema } from './proposal.js';
export { type SettledProposal, settleProposal } from './settle-proposal.js';
export type { Because } from './weigh.js';
