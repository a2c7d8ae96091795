import { STOP } from '../words.js';
import type { Scene } from './scene.js';

export const NOT_A_NAME =
  /^(?:storms?|paydays?|kickoffs?|matchdays?|elections?|exams?|lunch|dinner|breakfast|noon|midnight|campaigns?|promos?|promotions?|festivals?|finals?|raids?|semesters?|quarter|instead|black|cyber|christmas|launch|loaded|took|finished|completed|rendered|seq|sequential|full|test|tests|rehearsal|(?:week|month|year|today|yesterday)['’]s|fail|fails|failed|failing|otherwise|else|elsewhere|normally|outside|inside|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|weekdays?|promised|agreed|contractual|guaranteed|nine|nines|median|afternoon|latency|latencies|response|time|times|p\d+|percentile|rate|rates|tail|request|requests|req|rps|qps|error|errors|spike|throughput|traffic|load|api|apis|endpoint|endpoints|service|services|http|https|slow|query|queries|slowest|fastest|end|user|users|facing|server|side|client|production|prod|hour|hours|day|days|week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|fridays|weekend|weekends|morning|evening|night|afternoon|median|system|platform|app|application|everything|everyone|whole|global|blended|aggregate|combined|all|overall|peak|peaks|steady|normal|baseline|target|slo|sla|budget|goal|objective|availability|uptime|cpu|memory|usage|utilisation|utilization|avg|mean|max|min|numbers|number|figures|stats|metrics|measured|observed|reported|around|circa|release|sale|sales|flash|since|rollout|deploy|deployment|upgrade|migration|incident|outage|problem|issue|now|percent|percentage|share|ratio|of|wall|clock|duration|round|trip|msg|msgs|sustained|burst|bursts|average|real|true|actual|best|worst|case|level|high|low|higher|lower|big|small|large|long|short|cold|warm|hot|hit|miss|sub|per|second|seconds|ms|minute|minutes|count|total|totals|internal|external|reads|writes|read|write|log|logs|shows|show|says|report|reports|dashboard|dashboards|graph|graphs|concurrent|active|daily|monthly|live|same|due|thanks|result|results|ok|fine|good|bad|ago|weeks|months|years|provisioned|reserved|configured|allocated|available|used|free|periods|budgeted|expected|planned|rest|others|rows|row|records|docs|extremely|highly|very|on|ingress|egress|index|payload|payloads|body|bodies|size|sizes|got|bigger|smaller|larger|larger|typical|typically|slowest|statement|statements|log|sql|db|database|cache|queue|worker|workers|consumer|consumers|pod|pods|node|nodes|host|hosts|instance|instances|server|servers|data|table|tables|connection|connections|pool|pools|thread|threads|lag|backlog|memory|heap|disk|gc|pause|pauses|event|loop|network|examines|examined|scans|scanned|fetches|loads|returns|ramp|ramps|surge|surges|topic|updates|crawling|starts|finishes|sends|processes|handles|degrades|rises|grows|grow|grew|weigh|weighs|[2-5]xxs?|quiet|calm|cases|season|holidays?|answers?|reply|replies|html|json)$/;

export const nameToken = (scene: Scene, i: number): boolean => {
  const t = scene.frame.tokens[i];
  return (
    t?.kind === 'word' &&
    !STOP.has(t.lower) &&
    !NOT_A_NAME.test(t.lower) &&
    !/^(?:contractually|january|february|march|april|may|june|july|august|september|october|november|december|q[1-4]|survives?|sustains?|supports?|serves?|handles?|exceeds?|misses|reach(?:es)?|overnight|roughly|\w{3,}ally|\w{4,}edly)$/.test(
      t.lower,
    ) &&
    !scene.platform.has(i) &&
    !scene.passed.has(i) &&
    scene.index.quantity[i] === undefined &&
    scene.index.statistic[i] === undefined
  );
};

/** Words that may end a name: "facet query", "order history page". */
export const NAME_TAIL =
  /^(?:query|queries|lookup|lookups|page|pages|endpoint|endpoints|call|calls|statement|statements|request|requests|api|job|jobs|screen|screens|view|feed|route|flow|path|mutation|resolver|report|export|search|searches|response|responses)$/;

/** Verbs and small words between a name and its figure: "runs around 240", "is at 2 s". */
export const BETWEEN =
  /^(?:is|are|was|at|runs?|running|takes?|took|taking|around|about|roughly|approximately|nearly|almost|of|hits?|shows?|averages?|averaging|needs?|does|do|makes?|making|issues?|fires?|executes?|up|to|over|now|still|only|just|gets?|got|has|have|sits?|~|=|avg|costs?|spends?|adds?|returns?|in|climbs?|climbed|jumped|went|rose|from|grew|returned|weighs?|reaches|reached|survives?|sustains?|supports?|serves?|handles?|claims?|reports?|under|below|max|than|more|less|above|within|<|>|≤|≥|<=|>=)$/;
