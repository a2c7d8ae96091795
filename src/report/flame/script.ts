/**
 * The drawing that can be walked: zoom, search, callers and callees, order of time. The page is whole without it: the
 * still drawing and the tables stay.
 */
export const FLAME_SCRIPT = `
(()=>{'use strict';
const D=JSON.parse(document.getElementById('flame-data').textContent),N=D.parent.length,ROW=19;
const still=document.getElementById('still'),box=document.getElementById('live'),say=document.getElementById('say');
const cv=document.createElement('canvas');cv.tabIndex=0;cv.setAttribute('role','application');
cv.setAttribute('aria-label','Flame graph. Arrow keys move between frames, Enter zooms, Escape zooms out, slash searches. The same numbers are in the table below.');
box.append(cv);still.hidden=true;box.hidden=false;document.getElementById('tools').hidden=false;
const g=cv.getContext('2d');let tree,sel=0,root=0,query='',flame=false,mode='heavy',hits=null;
const css=n=>getComputedStyle(document.documentElement).getPropertyValue(n).trim();
const label=i=>D.names[i].split('\\n')[0];
function build(parent,name,self,cause,start,len){
const n=parent.length,total=Float64Array.from(self),kids=Array.from({length:n},()=>[]),depth=new Int32Array(n),x=new Float64Array(n);
for(let i=n-1;i>0;i--){total[parent[i]]+=total[i]}
for(let i=1;i<n;i++){kids[parent[i]].push(i);depth[i]=depth[parent[i]]+1}
let deep=0;for(let i=0;i<n;i++)if(depth[i]>deep)deep=depth[i];
const order=start?(a,b)=>start[a]-start[b]:(a,b)=>total[b]-total[a]||(D.names[name[a]]<D.names[name[b]]?-1:1);
for(let i=0;i<n;i++){kids[i].sort(order);let at=x[i];for(const k of kids[i]){x[k]=start?start[k]:at;at+=total[k]}}
return{parent,name,self,cause,total,kids,depth,x,deep,n}}
const heavy=build(D.parent,D.name,D.self,D.cause);
const timed=D.time?build(D.time.parent,D.time.name,D.time.self,D.time.name.map(()=>-1),D.time.start):null;
tree=heavy;
function sandwich(f){
// Callers of a function above it (turned round), what it calls below: both as trees from the function.
const P=[-1],F=[f],S=[0],C=[-1],key=new Map();const put=(p,nm,v,c)=>{const k=p+'/'+nm;let i=key.get(k);if(i===undefined){i=P.length;key.set(k,i);P.push(p);F.push(nm);S.push(0);C.push(c)}S[i]+=v;return i};
const map=new Int32Array(N).fill(-1),below=new Uint8Array(N);
for(let i=1;i<N;i++){const p=heavy.parent[i];below[i]=below[p]||p>0&&heavy.name[p]===f?1:0}
for(let i=0;i<N;i++){if(heavy.name[i]===f&&map[i]<0&&!below[i]){map[i]=0}
else if(i>0&&map[heavy.parent[i]]>=0)map[i]=put(map[heavy.parent[i]],heavy.name[i],0,heavy.cause[i]);
if(map[i]>=0)S[map[i]]+=heavy.self[i]}
const down=build(P,F,S,C);
const P2=[-1],F2=[f],S2=[0],C2=[-1],key2=new Map();
for(let i=0;i<N;i++)if(heavy.name[i]===f&&!below[i]){let at=0,w=heavy.total[i];for(let p=heavy.parent[i];p>0;p=heavy.parent[p]){const k=at+'/'+heavy.name[p];let j=key2.get(k);if(j===undefined){j=P2.length;key2.set(k,j);P2.push(at);F2.push(heavy.name[p]);S2.push(0);C2.push(-1)}at=j}S2[at]+=w}
return{down,up:build(P2,F2,S2,C2)}}
let pair=null;
function colours(){return{plain:css('--f-plain'),first:css('--f-first'),other:css('--f-other'),slower:css('--f-first'),faster:css('--f-faster'),ink:css('--ink'),paper:css('--paper'),accent:css('--accent'),mark:css('--f-hit')}}
function fill(t,i,c){const s=D.states&&D.states[t.name[i]];if(D.states)return s===1?c.slower:s===2?c.faster:c.plain;const k=t.cause[i];return k===0?c.first:k>0?c.other:c.plain}
let shown=[];
function paint(t,zoom,y0,up,c,W){
const x0=t.x[zoom],w0=t.total[zoom]||1,kx=W/w0,d0=t.depth[zoom];
const path=new Set();for(let p=zoom;p>=0;p=t.parent[p])path.add(p);
const stack=[0];while(stack.length){const i=stack.pop();const on=path.has(i);let x=(t.x[i]-x0)*kx,w=t.total[i]*kx;
if(on&&i!==zoom){x=0;w=W}
if(x+w<0||x>W||w<.4)continue;const left=Math.max(0,x),right=Math.min(W,x+w),row=up?t.deep-t.depth[i]:t.depth[i],y=y0+row*ROW;
g.fillStyle=hits&&hits.has(t.name[i])?c.mark:fill(t,i,c);g.globalAlpha=on&&i!==zoom?.55:1;g.fillRect(left,y+1,Math.max(.6,right-left-.8),ROW-1);g.globalAlpha=1;
if(right-left>24){g.fillStyle=c.ink;const room=Math.floor((right-left-7)/6.65),s=label(t.name[i]);g.fillText(s.length>room?s.slice(0,Math.max(1,room-1))+'…':s,left+4,y+13.5)}
if(i===sel&&t===tree){g.strokeStyle=c.accent;g.lineWidth=2;g.strokeRect(left+1,y+2,Math.max(1,right-left-3),ROW-3)}
shown.push({t,i,left,right,y});
for(const k of t.kids[i])stack.push(k)}}
const wich=document.getElementById('sandwich');
function draw(){
wich.setAttribute('aria-pressed',pair!==null);
const W=box.clientWidth,dpr=devicePixelRatio||1,c=colours();shown=[];
const H=pair?(pair.up.deep+pair.down.deep+2)*ROW+8:(tree.deep+1)*ROW+2;
cv.style.width=W+'px';cv.style.height=H+'px';cv.width=W*dpr;cv.height=Math.min(32000,H*dpr);
g.setTransform(dpr,0,0,dpr,0,0);g.font='11px ui-monospace,Menlo,Consolas,monospace';g.clearRect(0,0,W,H);
if(pair){paint(pair.up,0,0,true,c,W);paint(pair.down,0,(pair.up.deep)*ROW,false,c,W)}
else paint(tree,root,0,flame,c,W)}
const pct=v=>{const p=v/(heavy.total[0]||1)*100;return(p>=10?p.toFixed(0):p>=1?p.toFixed(1):p.toFixed(2))+'\\u202f%'};
function tell(t,i){const[n,f]=D.names[t.name[i]].split('\\n'),k=t.cause[i];say.textContent=n+(f?' ('+f+')':'')+': '+pct(t.total[i])+', itself '+pct(t.self[i])+(k>=0&&D.causes[k]?'; '+D.causes[k].title:'')}
function pick(i){sel=i;tell(tree,i);draw()}
function zoom(i){root=i;sel=i;tell(tree,i);draw()}
function at(e){const r=cv.getBoundingClientRect(),x=e.clientX-r.left,y=e.clientY-r.top;for(let k=shown.length-1;k>=0;k--){const s=shown[k];if(x>=s.left&&x<=s.right&&y>=s.y&&y<s.y+ROW)return s}return null}
cv.addEventListener('pointermove',e=>{const s=at(e);cv.style.cursor=s?'pointer':'';if(s)tell(s.t,s.i)});
cv.addEventListener('click',e=>{const s=at(e);if(s&&!pair)zoom(s.i)});
cv.addEventListener('keydown',e=>{if(pair){if(e.key==='Escape'){pair=null;draw();e.preventDefault()}return}
const t=tree,k=e.key;let to=-1;
if(k==='ArrowDown'||k==='ArrowUp'){const down=(k==='ArrowDown')!==flame;to=down?t.kids[sel][0]??-1:t.parent[sel]}
else if(k==='ArrowRight'||k==='ArrowLeft'){const p=t.parent[sel];if(p>=0){const s=t.kids[p],j=s.indexOf(sel)+(k==='ArrowRight'?1:-1);to=s[j]??-1}}
else if(k==='Enter'){zoom(sel);e.preventDefault();return}
else if(k==='Escape'){zoom(0);e.preventDefault();return}
else if(k==='Home')to=root;else if(k==='/'){find.focus();e.preventDefault();return}else if(k==='s'){show();e.preventDefault();return}
if(to>=0){e.preventDefault();pick(to)}});
const find=document.getElementById('find'),found=document.getElementById('found');
find.addEventListener('input',()=>{query=find.value.trim().toLowerCase();if(!query){hits=null;found.textContent=''}else{hits=new Set();D.names.forEach((n,i)=>{if(n.toLowerCase().includes(query))hits.add(i)});
let w=0;const stack=[0];while(stack.length){const i=stack.pop();if(hits.has(heavy.name[i]))w+=heavy.total[i];else stack.push(...heavy.kids[i])}
found.textContent=hits.size+' functions, '+pct(w)}draw()});
const show=()=>{const nm=tree.name[sel];if(sel===0){say.textContent='Choose a function first: click it, or walk to it with the arrow keys.';cv.focus();return}pair=sandwich(nm);say.textContent='Callers of '+label(nm)+' above, what it calls below. Escape goes back.';draw();cv.focus()};
document.getElementById('turn').addEventListener('click',e=>{flame=!flame;e.target.setAttribute('aria-pressed',flame);draw()});
wich.addEventListener('click',e=>{if(pair){pair=null;draw()}else show()});
document.getElementById('reset').addEventListener('click',()=>{pair=null;zoom(0)});
const order=document.getElementById('order');if(timed)order.addEventListener('click',()=>{mode=mode==='heavy'?'time':'heavy';tree=mode==='heavy'?heavy:timed;order.setAttribute('aria-pressed',mode==='time');pair=null;root=0;sel=0;draw()});else order.hidden=true;
addEventListener('resize',draw);matchMedia('(prefers-color-scheme:dark)').addEventListener('change',draw);draw();
})();
`.trim();
