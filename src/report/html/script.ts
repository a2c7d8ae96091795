/**
 * The one script: a popover with the fact behind a number on hover, focus and tap; a filter above long tables; folds
 * open for print. The page is whole without it.
 */
export const SCRIPT = `
(()=>{'use strict';
const pop=document.createElement('div');pop.className='pop';pop.id='pop';pop.setAttribute('role','tooltip');pop.hidden=true;document.body.append(pop);
let on=null,touch=false,timer=0;
const hide=()=>{clearTimeout(timer);pop.hidden=true;if(on){on.removeAttribute('aria-describedby');on=null}};
const show=(a)=>{
const row=document.getElementById(a.getAttribute('href').slice(1));if(!row)return;
hide();on=a;pop.replaceChildren();
const heads=[...row.closest('table').querySelectorAll('th')].map(t=>t.textContent);
const b=document.createElement('b');const dl=document.createElement('dl');
[...row.cells].forEach((c,i)=>{
const copy=c.cloneNode(true);copy.querySelectorAll('a').forEach(l=>l.replaceWith(...l.childNodes));
if(!copy.textContent.trim())return;
if(i===0){b.append(...copy.childNodes);return}
const dt=document.createElement('dt'),dd=document.createElement('dd');dt.textContent=heads[i];dd.append(...copy.childNodes);dl.append(dt,dd)});
pop.append(b,dl);
if(touch){const p=document.createElement('a');p.href=a.getAttribute('href');p.textContent='In the evidence';pop.append(p)}
pop.hidden=false;a.setAttribute('aria-describedby','pop');
const r=a.getBoundingClientRect(),w=pop.offsetWidth,h=pop.offsetHeight,vw=document.documentElement.clientWidth;
const left=Math.max(8,Math.min(r.left,vw-w-8)),under=r.bottom+h+12<innerHeight;
pop.style.left=left+scrollX+'px';pop.style.top=(under?r.bottom+6:Math.max(8,r.top-h-6))+scrollY+'px'};
const num=(e)=>e.target.closest&&e.target.closest('a.n');
document.addEventListener('pointerdown',e=>{touch=e.pointerType!=='mouse';if(on&&!pop.contains(e.target)&&num(e)!==on)hide()});
document.addEventListener('pointerover',e=>{if(e.pointerType!=='mouse')return;const a=num(e);if(a){clearTimeout(timer);timer=setTimeout(()=>show(a),120)}else if(!pop.contains(e.target)){clearTimeout(timer);timer=setTimeout(hide,180)}else clearTimeout(timer)});
document.addEventListener('focusin',e=>{const a=num(e);if(a)show(a);else if(!pop.contains(e.target))hide()});
document.addEventListener('click',e=>{const a=num(e);if(a&&touch){e.preventDefault();show(a)}else if(!a&&pop.contains(e.target)===false)hide();else if(pop.contains(e.target))hide()});
document.addEventListener('keydown',e=>{if(e.key==='Escape')hide()});
document.querySelectorAll('table[data-filter]').forEach(t=>{
const l=document.createElement('label'),i=document.createElement('input');l.className='filter';l.textContent='Filter rows';i.type='search';l.append(i);
t.closest('.table').before(l);const rows=[...t.tBodies[0].rows];
i.addEventListener('input',()=>{const q=i.value.trim().toLowerCase();for(const r of rows)r.hidden=q!==''&&!r.textContent.toLowerCase().includes(q)})});
addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>{d.open=true}));
})();
`.trim();
