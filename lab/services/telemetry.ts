import { metrics } from '@opentelemetry/api';
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

process.on('message', (message) => {
  if (message !== 'stop') return;
  void sdk.shutdown().finally(() => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
