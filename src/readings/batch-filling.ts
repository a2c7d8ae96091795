import { type Context, name, num, type Reading, type ReadingEntry, say, table } from '../domain/index.js';
import { calc, inSeconds, rate, reading } from './compose.js';
import { loadPoints, NOW, topLoad } from './load.js';
import { mainService } from './parts.js';

/** Work done in batches: batches a second by their size, how busy that keeps the devices, and what fuller ones give. */
function read(context: Context): Reading[] {
  const size = context.facts.every({ name: 'batch.size' }).find((f) => f.value >= 1);
  const most = context.facts.every({ name: 'batch.sizeMost' }).find((f) => f.value > 1);
  const time = context.facts
    .every({ name: 'batch.duration', phase: [...NOW, 'any'] })
    .find((f) => f.value > 0 && f.value < 60);
  const top = topLoad(loadPoints(context));
  const service = mainService(context);
  const devices = service && context.facts.find({ name: 'instances', subject: service.subject });
  if (!size || !time || !top || !devices) return [];
  const flow = calc(
    'batches.rate',
    context.app,
    [top.rate.value / size.value, '1/s'],
    'rate ÷ items a batch',
    [top.rate, size],
    top.phase,
  );
  const busy = calc(
    'batches.busy',
    context.app,
    [(flow.value * inSeconds(time)) / devices.value, 'ratio'],
    'batches a second × time of one ÷ devices (utilisation law)',
    [flow, time, devices],
    top.phase,
  );
  const said = context.facts
    .every({ name: ['ratio.stated', 'gpu.utilisation'] })
    .find((f) => f.condition !== undefined && /\b(?:gpu|tpu|device|accelerator)\b/i.test(f.condition));
  const apart = said !== undefined && (busy.value > 1.3 * said.value || busy.value < 0.7 * said.value);
  const fuller =
    most &&
    calc('batches.gain', context.app, [most.value / size.value, 'factor'], 'largest batch ÷ batch now', [
      most,
      size,
    ]);
  return reading('batch-filling', {
    id: context.app.id,
    topic: apart ? 'contradiction' : 'saturation',
    layer: 'api',
    subject: service.subject,
    headline: say`Batches of ${num(size)}${most ? say` of ${num(most)} possible` : []} make ${rate(flow)} of ${num(time)} each, which keeps ${num(devices)} devices ${num(busy)} busy${apart && said ? say`, against ${num(said)} said: the time is not all computing, or the devices do not all serve` : []}${fuller ? say`; full batches carry up to ${num(fuller, { digits: 2 })} as many in the same launches, so the wait for a fuller batch pays before another device does` : []}.`,
    arithmetic: [
      table(
        ['Quantity', '> Value'],
        [
          [say`Items a batch`, say`${num(size)}`],
          [say`Batches a second`, say`${rate(flow)}`],
          [say`Time of a batch`, say`${num(time)}`],
          [say`Devices`, say`${num(devices)}`],
          [say`Busy, by that`, say`${num(busy)}`],
          ...(said ? [[say`Busy, as said`, say`${num(said)}`]] : []),
        ],
      ),
    ],
    assumptions: [
      say`A larger batch takes little longer than a small one until the device is full, and ${name(service.subject.name)} spreads batches evenly.`,
    ],
    weight: apart ? 0.93 : 0.7,
  });
}

export default {
  id: 'batch-filling',
  about: 'How busy batches keep their devices, against what was said, and what fuller batches would carry.',
  read,
} satisfies ReadingEntry;
