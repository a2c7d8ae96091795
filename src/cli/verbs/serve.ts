import type { ServeVerbOptions } from '../serve.js';
import { repeatable, type Verb } from '../verb.js';

export default {
  name: 'serve',
  register(program, done) {
    program
      .command('serve')
      .description('Takes OTLP over HTTP and gRPC, and serves investigations: API, page and MCP.')
      .option('--port <number>', 'on the address of the policy, 127.0.0.1 without one', '4318')
      .option('--grpc-port <number>', 'OTLP over gRPC; 4317 beside 4318, else none')
      .option('--no-grpc', 'no OTLP over gRPC')
      .option('--data <folder>', 'where telemetry and investigations are kept', '.kneepoint/server')
      .option('--root <folder>', 'files below it may be investigated; repeatable', repeatable, [])
      .option(
        '--record <path>',
        'forecasts that were held against measurements (verify --record, lab run --out); repeatable',
        repeatable,
        [],
      )
      .option('--policy <file>', 'access, limits and retention; .kneepoint/policy.yaml when there')
      .option('--redaction-rules <file>', 'rules of your own for what is cut before it is stored')
      .addHelpText(
        'after',
        '\nAny OpenTelemetry SDK or Collector sends to it as it is:\n  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n  OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317 OTEL_EXPORTER_OTLP_PROTOCOL=grpc',
      )
      .action(async (options: ServeVerbOptions) => {
        const { runServe } = await import('../serve.js');
        done(await runServe(options, program));
      });
  },
} satisfies Verb;
