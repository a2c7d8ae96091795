import { PLAN_STYLE } from './plan.js';

/** The one style sheet. Colours are named by meaning; dark ones replace the light ones by the reader's preference. */
export const STYLE = `
:root{
--paper:#fdfcfa;--raised:#fff;--sunk:#f5f3ee;--ink:#1c2027;--muted:#5a616d;--line:#e3dfd7;--strong-line:#b9b4a9;
--accent:#1d56a8;--excess:#bf5315;--saving:#0d7668;--before:#878d97;--unknown:#6b717b;--bad:#a5331f;
--l-client:#6a55b3;--l-api:#2c69b0;--l-cache:#a06a0c;--l-database:#a63d57;--l-infrastructure:#586674;--l-dependency:#0d7668;
--mark:#e4eef9;--no:#a5331f;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{
--paper:#14161a;--raised:#1b1e23;--sunk:#1f2329;--ink:#e8e6e1;--muted:#a4a9b3;--line:#2d3138;--strong-line:#545a65;
--accent:#8db8f5;--excess:#f0904e;--saving:#4fc4b0;--before:#757c89;--unknown:#a0a6b1;--bad:#f2937f;
--l-client:#a896ea;--l-api:#7fb2ee;--l-cache:#d9a441;--l-database:#e88aa0;--l-infrastructure:#94a3b3;--l-dependency:#4fc4b0;
--mark:#1f3350;--no:#f2937f}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.6 ui-sans-serif,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
code{font-size:.88em;background:var(--sunk);padding:.08em .3em;border-radius:3px;overflow-wrap:anywhere}
a{color:var(--accent);text-underline-offset:.18em}
a.n{color:inherit;text-decoration:underline dotted var(--strong-line) 1px;white-space:nowrap}
a.n:hover,a.n:focus-visible{color:var(--accent);text-decoration:underline solid 1px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
h1 code,h2 code,h3 code,.lead code,.bar-label code,.how code,.lane code,summary code,th code{background:none;padding:0}
.verdict code{background:none;padding:0;font-weight:500}
q{quotes:"\\201c" "\\201d";color:var(--ink);font-style:italic}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--raised);padding:.5rem 1rem;z-index:3}
.page{max-width:78rem;margin:0 auto;padding:0 1.5rem 5rem}
.top{display:flex;gap:.5rem 1.25rem;flex-wrap:wrap;align-items:baseline;padding:1rem 0;border-bottom:1px solid var(--line);font-size:.85rem;color:var(--muted)}
.top b{color:var(--ink);font-weight:650;letter-spacing:-.01em}
.top .class{margin-left:auto;text-transform:uppercase;letter-spacing:.08em;font-size:.72rem;border:1px solid var(--strong-line);border-radius:3px;padding:.05rem .45rem}
main{min-width:0}
.text,p,ul,ol{max-width:44rem}
.front{padding-top:2.5rem}
.front h1{font-size:.95rem;font-weight:600;margin:0 0 .6rem;color:var(--muted);letter-spacing:.01em}
.kind{display:inline-block;font-size:.8rem;font-weight:650;margin:0 0 .7rem;padding-left:.7rem;border-left:3px solid var(--muted)}
.kind-cause-found{border-color:var(--excess);color:var(--excess)}
.kind-plausible-causes,.kind-cannot-tell{border-color:var(--accent);color:var(--accent)}
.kind-no-cause{border-color:var(--saving);color:var(--saving)}
.verdict{font-size:1.5rem;line-height:1.42;letter-spacing:-.012em;margin:0 0 .5rem;max-width:52rem;text-wrap:pretty}
.verdict code{font-size:.9em}
h2{font-size:1.4rem;line-height:1.3;letter-spacing:-.012em;font-weight:650;margin:0 0 1rem;text-wrap:balance}
h3{font-size:1.06rem;line-height:1.4;font-weight:650;margin:2.2rem 0 .6rem;max-width:46rem}
section{margin-top:3.5rem}
.rest>section{border-top:1px solid var(--line);padding-top:1.75rem}
section h2 .s{color:var(--muted);font-weight:500;margin-right:.6rem}
p{margin:.6rem 0}
ul,ol{padding-left:1.3rem;margin:.6rem 0}li{margin:.3rem 0}li::marker{color:var(--muted)}
figure{margin:2.75rem 0}
section figure{margin:1.5rem 0 2.25rem}
figcaption h2{font-size:1.2rem;margin:0 0 .25rem;max-width:48rem}
figcaption h3{margin:0 0 .2rem}
.how{color:var(--muted);font-size:.9rem;margin:0 0 .9rem}
.plot{border-top:1px solid var(--line);border-bottom:1px solid var(--line);padding:.4rem 0 .55rem}
.bar-row{display:grid;grid-template-columns:minmax(0,17rem) minmax(0,1fr) 9.5rem;column-gap:1.25rem;align-items:center}
.bar-label{font-size:.9rem;line-height:1.35;padding:.32rem 0}
.bar-value{font-size:.9rem;text-align:right;white-space:nowrap}
.strong .bar-label,.strong .bar-value{font-weight:650}
.marks{position:relative;min-height:30px;align-self:stretch}
.marks svg{position:absolute;left:0;top:0;width:100%;height:100%;overflow:visible}
.scale .marks{min-height:1px}.scale.named .marks{min-height:20px}
svg text{font-size:12px;fill:var(--muted)}
.lane{font-weight:650;font-size:.9rem;margin:1rem 0 .15rem}
.target{stroke:var(--saving);stroke-width:1.5;stroke-dasharray:5 3}
.hair{stroke:var(--strong-line);stroke-width:1}
.m-before{fill:var(--before)}.m-excess{fill:var(--excess)}.m-now{fill:var(--excess)}.m-saving{fill:var(--saving)}
.m-unknown{fill:url(#p-unknown);stroke:var(--unknown);stroke-width:1}
.m-wait{fill:url(#p-wait)}.m-client{fill:url(#p-client)}.m-api{fill:var(--l-api)}.m-cache{fill:url(#p-cache)}
.m-database{fill:url(#p-database)}.m-infrastructure{fill:url(#p-infrastructure)}.m-dependency{fill:url(#p-dependency)}
.pf-none{fill:var(--paper)}.pf-wait{fill:var(--unknown)}.pf-now{fill:var(--excess)}.pf-client{fill:var(--l-client)}.pf-cache{fill:var(--l-cache)}
.pf-database{fill:var(--l-database)}.pf-infrastructure{fill:var(--l-infrastructure)}.pf-dependency{fill:var(--l-dependency)}
.ps-unknown{stroke:var(--unknown);stroke-width:1.4}.ps-paper{stroke:var(--paper);stroke-width:1.2;opacity:.75;fill:none}.pd-paper{fill:var(--paper)}
.defs{position:absolute}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:.6rem 0 0;font-size:.82rem;color:var(--muted)}
.legend li{display:flex;align-items:center;gap:.4rem;margin:0}.swatch{width:18px;height:11px}
details{margin:.5rem 0}
summary{cursor:pointer;padding:.3rem 0;max-width:46rem}
summary::marker{color:var(--muted)}
.data>summary{font-size:.85rem;color:var(--muted)}
.folded{padding:0 0 .6rem 1.1rem;border-left:1px solid var(--line);margin-left:.3rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:1rem;padding:0;margin:0;list-style:none;max-width:none}
.card{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:1.05rem 1.15rem 1.1rem;margin:0;display:grid;grid-template-rows:subgrid;grid-row:span 4;row-gap:0;align-content:start;min-width:0}
.card h3{margin:0 0 .45rem;font-size:1.02rem}
.card .s{color:var(--muted);font-weight:500;margin-right:.35rem}
.card p{margin:0 0 .7rem;font-size:.93rem;line-height:1.5}
.card dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.12rem .8rem;font-size:.85rem;margin:0;padding-top:.6rem;border-top:1px solid var(--line);align-content:start}
dt{color:var(--muted)}dd{margin:0}
.card pre{margin:.5rem 0 0;font-size:.78rem;padding:.5rem .6rem;white-space:pre-wrap;overflow-wrap:anywhere}
.note{margin:1.15rem 0}
.lead{font-weight:600;margin-bottom:.35rem}
.note .table{margin:.5rem 0}
.table{overflow-x:auto;margin:.8rem 0 1.1rem}
.table:focus-visible{outline-offset:0}
table{border-collapse:collapse;font-size:.88rem;line-height:1.45;min-width:24rem}
table.prose{width:100%}
caption{text-align:left;color:var(--muted);padding-bottom:.35rem}
th{text-align:left;font-weight:600;font-size:.8rem;color:var(--muted);vertical-align:bottom;padding:.3rem 1.1rem .4rem 0;border-bottom:1px solid var(--strong-line)}
td{vertical-align:top;padding:.34rem 1.1rem .34rem 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:.2rem}
.r{text-align:right}td.r{white-space:nowrap}td.long.r{white-space:normal}
td.long{min-width:9rem}
td code{overflow-wrap:break-word}
table.prose td{padding-top:.5rem;padding-bottom:.5rem}
table.prose td:first-child{white-space:normal}
.state{white-space:nowrap;font-weight:600}
.state-supported{color:var(--excess)}.state-plausible{color:var(--accent)}.state-untested,.state-refuted{color:var(--muted)}
.code{margin:.8rem 0}
.code-caption{font-size:.87rem;color:var(--muted);margin:.9rem 0 .3rem}
pre{background:var(--sunk);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;font-size:.82rem;line-height:1.5;margin:.3rem 0;max-height:34rem}
pre code{background:none;padding:0;font-size:1em;overflow-wrap:normal}
pre a.n{text-decoration-color:transparent}
nav{font-size:.86rem}
nav h2{font-size:.8rem;color:var(--muted);margin:0 0 .5rem;font-weight:600;letter-spacing:0}
nav ol,nav ul{list-style:none;padding:0;margin:0 0 .7rem}
nav li{margin:0}nav a{display:block;padding:.2rem 0;color:var(--muted);text-decoration:none;line-height:1.35}
nav a:hover{color:var(--accent);text-decoration:underline}
nav ol a{padding-left:1.55rem}nav .s{display:inline-block;width:1.55rem;margin-left:-1.55rem}
.input{margin:1.1rem 0}.input h3{margin:0 0 .2rem;font-size:.92rem}
.input blockquote{margin:0;padding:.1rem 0 .1rem .9rem;border-left:2px solid var(--line);max-width:48rem;white-space:pre-wrap}
mark{background:var(--mark);color:inherit;border-radius:2px;padding:.05em .12em}
mark a{color:inherit;text-decoration:none}mark a:hover{text-decoration:underline}
.word{border-bottom:1px solid var(--strong-line)}
.no{text-decoration:underline wavy var(--no) 1px;text-underline-offset:.25em}
.facts td:first-child{min-width:11rem}
.facts td{font-size:.82rem;padding-top:.35rem;padding-bottom:.35rem}
tr:target td{background:var(--mark)}
.fid{display:block;color:var(--muted);font-size:.78em;background:none;padding:0}
.filter{display:block;margin:.6rem 0 0;font-size:.85rem;color:var(--muted)}
.filter input{font:inherit;color:var(--ink);background:var(--raised);border:1px solid var(--strong-line);border-radius:5px;padding:.25rem .5rem;margin-left:.4rem;width:14rem;max-width:60vw}
.pop{position:absolute;z-index:4;max-width:min(24rem,calc(100vw - 1.5rem));background:var(--raised);border:1px solid var(--strong-line);border-radius:7px;padding:.7rem .85rem;font-size:.83rem;line-height:1.45;box-shadow:0 4px 18px rgb(0 0 0/.16)}
.pop dl{display:grid;grid-template-columns:auto minmax(0,1fr);gap:.1rem .7rem;margin:.3rem 0 0}
.pop b{font-weight:650}.pop .fid{display:none}
footer{margin-top:3rem;color:var(--muted);font-size:.85rem;border-top:1px solid var(--line);padding-top:1rem}
@media (min-width:1000px){
.page>.body{display:grid;grid-template-columns:13rem minmax(0,1fr);column-gap:3rem;align-items:start}
main{display:contents}
.front,.rest{grid-column:2;min-width:0}
nav{grid-column:1;grid-row:1/span 2;position:sticky;top:0;max-height:100vh;overflow-y:auto;padding:2.6rem 0 1rem}}
@media (max-width:999px){nav{margin-top:2.5rem;border-top:1px solid var(--line);padding-top:1rem;columns:2;column-gap:1.5rem}nav h2{column-span:all}nav li{break-inside:avoid}}
@media (max-width:699px){
body{font-size:15.5px}.page{padding:0 1rem 3rem}.front{padding-top:1.4rem}.verdict{font-size:1.22rem;line-height:1.45}
.top .class{margin-left:0}
h2{font-size:1.24rem}section{margin-top:2.6rem}
.bar-row{grid-template-columns:minmax(0,1fr) auto;column-gap:.8rem}
.bar-row .marks{grid-column:1/-1;grid-row:2;min-height:21px}.bar-row.strong .marks{min-height:26px}
.bar-label{padding:.3rem 0 0}.bar-value{padding-top:.3rem;align-self:start}
.bar-row.scale:not(.named) .marks{min-height:1px}.scale>span:not(.marks){display:none}
table.prose{display:block;min-width:0}table.prose thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table.prose tbody,table.prose tr,table.prose td{display:block;width:auto}
table.prose td code{overflow-wrap:anywhere}
table.prose tr{border-top:1px solid var(--strong-line);padding:.55rem 0}
table.prose td{border:0;padding:.14rem 0;text-align:left;white-space:normal}
table.prose td:empty{display:none}
table.prose td[data-label]::before{content:attr(data-label);display:block;color:var(--muted);font-size:.76rem;margin-top:.2rem}
table.prose td:not(.long)[data-label]{position:relative;padding-left:7.4rem;min-height:1.6em}
table.prose td:not(.long)[data-label]::before{position:absolute;left:0;top:.2rem;width:7rem;margin:0}
table.prose td:first-child[data-label]{padding-left:0;min-height:0;font-weight:600}
table.prose td:first-child[data-label]::before{display:none}
table{min-width:0}th,td{padding-right:.8rem}
.cell{min-width:0}
.facts td:first-child{min-width:0}
nav{columns:1}}
@media print{
nav,.skip,.filter,.pop{display:none!important}
body{font-size:10.5pt}.page{max-width:none;padding:0}.page>.body,main{display:block}
details::details-content{content-visibility:visible;display:block;block-size:auto}
pre{max-height:none;white-space:pre-wrap}.table{overflow:visible}a.n{text-decoration:none}
figure,.card,tr{break-inside:avoid}h2,h3{break-after:avoid}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
${PLAN_STYLE}`.trim();
