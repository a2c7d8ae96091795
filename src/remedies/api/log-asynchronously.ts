import {
  type Advice,
  bullets,
  type Context,
  num,
  type Remedy,
  type RemedyTarget,
  say,
} from '../../domain/index.js';
import { LOG_BUFFER } from '../design/chosen.js';
import { snippet, whole } from '../design/code-text.js';
import { languageOf } from '../design/language.js';
import { figure, sceneOf, toolName } from '../design/scene.js';
import { atLoad, shippingNote } from '../design/wording.js';

function advise(context: Context, target: RemedyTarget): Advice {
  const scene = sceneOf(context, target);
  const { serviceName, service, goal } = scene;
  const perRequest = context.facts.find({ name: 'logs.perRequest' });
  const records =
    perRequest && goal
      ? figure(
          scene,
          'logs.rate.at',
          [perRequest.value * goal.rate.value, '1/s'],
          'records for one request × requests a second',
          [perRequest, goal.rate],
        )
      : context.facts.find({ name: 'logs.rate' });
  return {
    title: say`Take the writing of log records out of the requests of ${serviceName}`,
    description: say`${serviceName} hands a record to a bounded buffer and goes on; another thread formats and writes it; debug records and whole bodies are not built at all unless they are asked for, and a request leaves one summary record instead of many.`,
    benefit: records
      ? say`${num(records)} records ${atLoad(scene)} no longer wait for a device or for each other within requests of ${serviceName}.`
      : say`Time that ${serviceName} spends on formatting and writing leaves its requests; the profile shows how much that is.`,
    riskText: say`When ${serviceName} is ended, what is in the buffer is lost; when the buffer is full, debug records are dropped and counted, while errors and audit records still wait.`,
    effortText: say`Hours: the writer of ${serviceName} in its configuration, levels by package, one summary record a request.${shippingNote(context)}`,
    verification: say`Share of the logger in the profile of ${serviceName} (${toolName(context, 'profiler', 'a processor profile')}) before and after; dropped records stay at nothing on an ordinary day.`,
    design: [
      ...snippet(
        languageOf(context, service),
        {
          javascript: () => say`import pino from 'pino';

export const log = pino(
  { level: process.env.LOG_LEVEL ?? 'info', redact: ['req.headers.authorization', '*.card', '*.email'] },
  pino.transport({ target: 'pino/file', options: { destination: '/dev/stdout' } }), // a worker thread writes
);`,
          java: () => say`<appender name="ASYNC" class="ch.qos.logback.classic.AsyncAppender">
  <queueSize>${whole(LOG_BUFFER)}</queueSize>
  <neverBlock>true</neverBlock>              <!-- drop rather than stop a request -->
  <includeCallerData>false</includeCallerData>
  <appender-ref ref="JSON"/>
</appender>`,
          python: () => say`queue = queue.Queue(${whole(LOG_BUFFER)})
handler = logging.handlers.QueueHandler(queue)          # the request only enqueues
listener = logging.handlers.QueueListener(queue, json_handler, respect_handler_level=True)
listener.start()
logger.debug("cart %s", cart.id)                         # lazy: never f-strings in debug records`,
          go: () => say`writer := zapcore.AddSync(&zapcore.BufferedWriteSyncer{WS: os.Stdout, Size: bufferBytes, FlushInterval: flushEvery})
logger := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(cfg), writer, zap.InfoLevel))
if ce := logger.Check(zap.DebugLevel, "cart"); ce != nil { // built only when it is wanted
	ce.Write(zap.String("id", cart.ID))
}`,
          csharp: () => say`Log.Logger = new LoggerConfiguration()
    .MinimumLevel.Information()
    .WriteTo.Async(a => a.Console(new CompactJsonFormatter()), bufferSize: ${whole(LOG_BUFFER)}, blockWhenFull: false)
    .CreateLogger();
[LoggerMessage(Level = LogLevel.Debug, Message = "cart {Id}")] static partial void CartRead(ILogger log, string id);`,
        },
        say`Log records of ${serviceName}, written by another thread`,
      ),
      bullets([
        say`Levels of ${serviceName} change at run time, for one route or one user, so that nobody leaves debug on for all.`,
        say`Buffer of ${num(LOG_BUFFER)} records at most; count what is dropped, and alert on it.`,
        say`Audit records of ${serviceName} go into its database within the transaction, not through this buffer.`,
      ]),
    ],
  };
}

export default {
  id: 'log-asynchronously',
  layer: 'api',
  title: 'Write log records outside of requests',
  effort: 'hours',
  risk: 'low',
  section: 'code',
  retiming: { kind: 'scale', factor: [0.3, 0.9], growth: [0, 0.2] },
  advise,
} satisfies Remedy;
