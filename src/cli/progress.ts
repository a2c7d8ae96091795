/** Says on a stream what is being done; one line, rewritten on a terminal. */
export function progressOn(stream: NodeJS.WriteStream): (doing: string) => void {
  const plain = !stream.isTTY || process.env.NO_COLOR !== undefined;
  return (doing) => stream.write(plain ? `kneepoint: ${doing}\n` : `\r\x1b[2Kkneepoint: ${doing} `);
}
