import { Session } from 'node:inspector';
import { metrics, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { ExpressInstrumentation, ExpressLayerType } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { NodeSDK, metrics as sdkMetrics } from '@opentelemetry/sdk-node';

// Loaded before the service, so that the modules are patched. Exporters, sampler and resource come from OTEL_*.
const sdk = new NodeSDK({
  // The instrumentation keeps one tally for all pools of a process, so with two pools its counts are wrong
  // (negative at times). They are left out; the pools report themselves under the same names.
  views: [
    {
      meterName: '@opentelemetry/instrumentation-pg',
      instrumentName: 'db.client.connection.*',
      aggregation: { type: sdkMetrics.AggregationType.DROP },
    },
  ],
  instrumentations: [
    new HttpInstrumentation({
      ignoreIncomingRequestHook: (request) => request.url?.startsWith('/-/') ?? false,
      // The exporters' own requests are not the service's.
      ignoreOutgoingRequestHook: (request) => request.path?.startsWith('/v1/') ?? false,
      responseHook: (span, response) => {
        const length = 'headers' in response ? response.headers['content-length'] : undefined;
        if (length !== undefined) span.setAttribute('http.response.body.size', Number(length));
      },
    }),
    new ExpressInstrumentation({ ignoreLayersType: [ExpressLayerType.MIDDLEWARE, ExpressLayerType.ROUTER] }),
    new PgInstrumentation({ requireParentSpan: true }),
    new IORedisInstrumentation({ requireParentSpan: true }),
    new RuntimeNodeInstrumentation({ monitoringPrecision: 10 }),
  ],
});
sdk.start();

/** Share of one processor this process uses, and the memory it holds, under the names of the conventions. */
function watchProcess(): void {
  const meter = metrics.getMeter('novapay.process');
  const cpu = meter.createObservableCounter('process.cpu.time', { unit: 's' });
  const share = meter.createObservableGauge('process.cpu.utilization', { unit: '1' });
  const memory = meter.createObservableUpDownCounter('process.memory.usage', { unit: 'By' });
  let before = { atMs: performance.now(), ...process.cpuUsage() };
  meter.addBatchObservableCallback(
    (result) => {
      const now = { atMs: performance.now(), ...process.cpuUsage() };
      const spanUs = Math.max(1, (now.atMs - before.atMs) * 1000);
      for (const mode of ['user', 'system'] as const) {
        result.observe(cpu, now[mode] / 1e6, { 'cpu.mode': mode });
        result.observe(share, (now[mode] - before[mode]) / spanUs, { 'cpu.mode': mode });
      }
      result.observe(memory, process.memoryUsage.rss());
      before = now;
    },
    [cpu, share, memory],
  );
}
watchProcess();

type Flushes = { forceFlush?: () => Promise<void>; getDelegate?: () => Flushes };
const innermost = (provider: Flushes): Flushes => provider.getDelegate?.() ?? provider;

/** Sends all that was gathered so far. */
async function flush(): Promise<void> {
  for (const provider of [trace.getTracerProvider(), metrics.getMeterProvider(), logs.getLoggerProvider()])
    await innermost(provider as Flushes)
      .forceFlush?.()
      .catch(() => undefined);
}

const inspector = new Session();
const SAMPLE_US = 2_000;

/** Starts the sampling profiler of the runtime. */
function startProfile(): void {
  inspector.connect();
  inspector.post('Profiler.enable');
  inspector.post('Profiler.setSamplingInterval', { interval: SAMPLE_US });
  inspector.post('Profiler.start');
}

/** Ends it, and sends the profile to the parent process. */
function stopProfile(): void {
  inspector.post('Profiler.stop', (_error, stopped) => {
    process.send?.({ profile: stopped?.profile });
    inspector.disconnect();
  });
}

process.on('message', (message) => {
  if (message === 'stop') void sdk.shutdown().finally(() => process.exit(0));
  if (message === 'flush') void flush().finally(() => process.send?.({ flushed: true }));
  if (message === 'profile') startProfile();
  if (message === 'profiled') stopProfile();
});
process.on('disconnect', () => process.exit(0));
