import {
  type Block,
  type Component,
  type Context,
  type Fact,
  name,
  num,
  say,
  type Text,
  table,
} from '../../domain/index.js';
import { instancesOf } from '../../readings/parts.js';
import {
  acquireTimeout,
  type ConnectionNeed,
  connectionNeed,
  connectionRoom,
  PLANNING,
  perProcess,
} from './arithmetic.js';
import { CORES_TIMES, INDEXED } from './chosen.js';
import { figure, type Scene } from './scene.js';

export interface PoolPlan {
  need: ConnectionNeed | undefined;
  room: ReturnType<typeof connectionRoom>;
  /** What all pools together get: the need, but no more than the server has room for. */
  total: Fact | undefined;
  /** True when the need is above the room: then holding times, not sizes, are the problem. */
  over: boolean;
  processes: Fact | undefined;
  each: Fact | undefined;
  wait: Fact | undefined;
}

/** The sizes that the numbers of the case give for the pools in front of a database. */
export function poolPlan(scene: Scene, database: Component): PoolPlan {
  const { context, service } = scene;
  const need = connectionNeed(scene, database);
  const room = connectionRoom(context, database);
  const over = need !== undefined && room !== undefined && need.size.value > room.room.value;
  const fitsThen = need?.indexed && room && need.indexed.value <= room.room.value;
  const total = over ? (fitsThen ? need?.indexed : room?.room) : (need?.size ?? room?.room);
  const processes =
    (service ? context.facts.find({ name: 'workers', subject: service.subject }) : undefined) ??
    (service ? instancesOf(context, service) : undefined);
  return {
    need,
    room,
    total,
    over,
    processes,
    each: total && processes ? perProcess(database.subject, total, processes) : undefined,
    wait: acquireTimeout(scene),
  };
}

/** The arithmetic of a pool plan as a table. */
export function poolTable(scene: Scene, database: Component, plan: PoolPlan): Block {
  const db = say`${name(database.subject.name)}`;
  const rows: Text[][] = [
    ...(plan.need?.rows.map((r): Text[] => [
      say`busy with ${r.what}`,
      say`${num(r.rate)} × ${num(r.hold)}`,
      say`${num(r.busy)}`,
    ]) ?? []),
    ...(plan.need
      ? [
          [
            say`connections for it at a use of ${num(PLANNING)}`,
            say`busy ÷ ${num(PLANNING)}`,
            say`${num(plan.need.size)}`,
          ],
          ...(plan.need.indexed
            ? [
                [
                  say`the same once each slow statement is an indexed look-up`,
                  say`with ${num(INDEXED)} for it`,
                  say`${num(plan.need.indexed)}`,
                ],
              ]
            : []),
        ]
      : [
          [
            say`connections for it`,
            say`rate × time a connection is held ÷ ${num(PLANNING)}`,
            say`hold time or rate not said`,
          ],
        ]),
    plan.room
      ? [
          say`room of ${db}`,
          say`${plan.room.isDefault ? 'its default limit' : 'its limit'} of ${num(plan.room.limit)}, less what stays free`,
          say`${num(plan.room.room)}`,
        ]
      : [say`room of ${db}`, say`its connection limit, which was not said`, say`ask the server`],
    ...(plan.each && plan.processes
      ? [[say`a pool of each process`, say`÷ ${num(plan.processes)} processes`, say`${num(plan.each)}`]]
      : []),
    ...(plan.wait
      ? [[say`longest wait for a connection`, say`part of the latency target`, say`${num(plan.wait)}`]]
      : []),
  ];
  return table(
    ['Quantity', 'How', '> Value'],
    rows,
    say`Connections of ${scene.serviceName} to ${db}${scene.goal ? say` at ${num(scene.goal.rate)}` : ''}`,
  );
}

/** Active connections that a server with known processors can work on at once. */
export function coreBound(scene: Scene, context: Context, database: Component): Text {
  const cores = context.facts.find({ name: 'cpu.cores', subject: database.subject });
  if (!cores)
    return say`The processors of ${name(database.subject.name)} were not said; more than ${num(CORES_TIMES)} active connections per core only queue inside it.`;
  const most = figure(
    scene,
    'design.activeMost',
    [cores.value * CORES_TIMES.value, 'count'],
    'cores × active connections a core',
    [cores, CORES_TIMES],
    database.subject,
  );
  return say`${name(database.subject.name)} has ${num(cores)}: beyond about ${num(most)} active connections more of them only queue inside it.`;
}
