/** The settings of each fault, for `chaos inject --help`. */
export const FAULT_HELP = `
Every fault needs --seconds. Faults on a connection also need --listen host:port (where the service connects to
instead) and --upstream host:port; --direction upstream or downstream, --toxicity 0..1 and --seed may be given.
  latency      --latencyMs 100 [--jitterMs 20]
  bandwidth    --kbPerSecond 50
  timeout      --timeoutMs 5000         nothing gets through; closes after that time, never for 0
  reset        [--afterMs 1000]
  slicer       --averageBytes 100 [--variationBytes 50] [--delayMs 10]
  limit_data   --bytes 10000
  connections  --most 5                 a pool that shrank: the others wait
  cpu          --pid 123 --cores 0.5    a quota by control group (Linux)
  pause        --pid 123                SIGSTOP, then SIGCONT
`;
