/** A master of a cluster: `host:port`, and how many of the 16384 slots it holds. */
export interface Master {
  address: string;
  slots: number;
}

/** The masters of a cluster that answer, by address, from the text of CLUSTER NODES. */
export function mastersOf(clusterNodes: string): Master[] {
  return clusterNodes
    .split(/\r?\n/)
    .map((line) => line.split(' '))
    .filter(([, , flags = '']) => {
      const set = flags.split(',');
      return set.includes('master') && !set.includes('fail') && !set.includes('noaddr');
    })
    .map(([, address = '', , , , , , , ...ranges]) => ({
      address: address.split('@')[0] ?? '',
      slots: ranges.reduce((sum, r) => sum + slotsIn(r), 0),
    }))
    .filter(({ address }) => /^.+:\d+$/.test(address))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** "0-5460" or "77"; a slot that moves ("[93-<-id]") is counted where it lives. */
function slotsIn(range: string): number {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
  return from === undefined ? 0 : Number(to ?? from) - Number(from) + 1;
}
