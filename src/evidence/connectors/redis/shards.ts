/** Addresses of the masters of a cluster, from the text of CLUSTER NODES; `host:port`. */
export function masterAddresses(clusterNodes: string): string[] {
  return clusterNodes
    .split(/\r?\n/)
    .map((line) => line.split(' '))
    .filter(([, , flags = '']) => {
      const set = flags.split(',');
      return set.includes('master') && !set.includes('fail') && !set.includes('noaddr');
    })
    .map(([, address = '']) => address.split('@')[0] ?? '')
    .filter((address) => /^.+:\d+$/.test(address))
    .sort();
}
