import { type Block, PLAN_METRICS, type PlanMetric } from '../../domain/index.js';
import { type Anchors, inline } from './marks.js';

type PlanBlock = Extract<Block, { kind: 'plan' }>;

const WORDS: Readonly<Record<PlanMetric, { label: string; says: string }>> = {
  time: { label: 'Time', says: 'time of the node itself' },
  rows: { label: 'Rows', says: 'rows it gave, over all its loops' },
  buffers: { label: 'Pages', says: 'pages it went through itself' },
  misestimate: { label: 'Estimate', says: 'how far its rows are from what was planned' },
};

/**
 * A plan as a tree with bars. What the bars stand for is switched by radio buttons and style alone, so it works without
 * scripts and by keyboard; without styles all values stand there.
 */
export function planTree(plan: PlanBlock, anchors: Anchors): string {
  const id = plan.id.replace(/[^\w-]/g, '-');
  const there = PLAN_METRICS.filter((m) => plan.steps.some((s) => s.marks.some((x) => x.metric === m)));
  const inputs = there.map(
    (m, i) =>
      `<input type="radio" class="pick-${m}" name="${id}" id="${id}-${m}"${i === 0 ? ' checked' : ''}><label for="${id}-${m}">${WORDS[m].label}<span class="says">: ${WORDS[m].says}</span></label>`,
  );
  const steps = plan.steps.map((s) => {
    const values = there.map((m) => {
      const mark = s.marks.find((x) => x.metric === m);
      const bar = `<span class="plan-bar" style="width:${((mark?.share ?? 0) * 100).toFixed(1)}%"></span>`;
      return `<span class="plan-mark of-${m}"><span class="plan-track" aria-hidden="true">${mark ? bar : ''}</span><span class="plan-value"><span class="says">${WORDS[m].label} </span>${mark ? inline(mark.value, anchors) : '–'}</span></span>`;
    });
    return `<li style="--depth:${Math.min(s.depth, 12)}"${s.told ? ' class="told"' : ''}><span class="plan-name">${inline(s.name, anchors)}${s.told ? '<span class="says"> (a finding is about this node)</span>' : ''}</span>${values.join('')}</li>`;
  });
  return `<figure class="plan" id="${id}"><figcaption><h3>${inline(plan.title, anchors)}</h3><p class="how">A line is a node, indented below the one that asks it for rows. Marked at its side: a finding is about it.</p></figcaption><fieldset><legend>Bars show</legend>${inputs.join('')}<ol class="plan-steps">${steps.join('')}</ol></fieldset></figure>`;
}

export const PLAN_STYLE = `
.plan fieldset{border:0;padding:0;margin:0;min-width:0}
.plan legend{float:left;padding:0;margin-right:.8rem;font-size:.85rem;color:var(--muted)}
.plan label{font-size:.85rem;margin:0 1rem 0 .3rem}
.plan input:checked+label{font-weight:650}
.plan label .says{color:var(--muted);font-weight:400}.plan label .says{display:none}.plan input:checked+label .says{display:inline}
.plan-steps{list-style:none;padding:.3rem 0;margin:.6rem 0 0;max-width:none;border-top:1px solid var(--line);border-bottom:1px solid var(--line)}
.plan-steps li{display:grid;grid-template-columns:minmax(0,1fr) minmax(6rem,16rem) 7rem;column-gap:1rem;align-items:center;margin:0;padding:.28rem 0 .28rem .5rem;border-left:3px solid transparent}
.plan-steps li.told{border-left-color:var(--excess)}
.plan-name{padding-left:calc(var(--depth)*.9rem);font-size:.9rem;min-width:0}
.plan-mark{display:none;grid-column:2/4;grid-row:1;grid-template-columns:subgrid;align-items:center}
.plan-track{height:12px}.plan-bar{display:block;height:12px;min-width:1px;background:var(--l-database)}
.told .plan-bar{background:var(--excess)}
.plan-value{text-align:right;font-size:.88rem;white-space:nowrap}
.plan-steps .says{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.pick-time:checked~.plan-steps .of-time,.pick-rows:checked~.plan-steps .of-rows,.pick-buffers:checked~.plan-steps .of-buffers,.pick-misestimate:checked~.plan-steps .of-misestimate{display:grid}
@media (max-width:700px){.plan-steps li{grid-template-columns:minmax(0,1fr) 6rem}.plan-name{grid-column:1/3;padding-left:calc(var(--depth)*.45rem)}.plan-mark{grid-column:1/3;grid-row:2}.plan label{display:inline-block;padding:.2rem 0}}
@media print{.plan-mark{display:grid}}
`;
