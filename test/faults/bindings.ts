import { env } from 'cloudflare:workers';
import type { TaskMessage } from '../../src/adapters/task-message.ts';
import { TaskObject } from '../../src/adapters/task-object.ts';
import type { CallKind } from './plan.ts';

/** Makes a call, or what a fault makes of it. */
export type Caller = <T>(kind: CallKind, what: string, act: () => Promise<T>) => Promise<T>;

export type WorkingQueue = 'custom-emoji-render' | 'custom-emoji-work';

export interface Switchboard {
  caller: Caller;
  /** Takes a message in the place of a queue. */
  enqueue(message: TaskMessage, queue: WorkingQueue): void;
}

/** When each object was last written, by the clock of the tests: R2 has a clock of its own. */
const writtenAt = new Map<string, number>();

/** The real bindings, with faults between them and their user. */
export function faultyEnv(real: Env, { caller, enqueue }: Switchboard): Env {
  const queue = (name: WorkingQueue, what: string) =>
    ({ send: (message: TaskMessage) => caller('send', what, async () => enqueue(message, name)) }) as unknown as Queue;
  return {
    ...real,
    DB: faultyDatabase(real.DB, caller),
    PICTURES: faultyBucket(real.PICTURES, caller),
    TASKS: faultyNamespace(real.TASKS, caller),
    RENDER_QUEUE: queue('custom-emoji-render', 'RENDER_QUEUE.send'),
    WORK_QUEUE: queue('custom-emoji-work', 'WORK_QUEUE.send'),
  };
}

function faultyDatabase(db: D1Database, caller: Caller): D1Database {
  const reals = new WeakMap<object, D1PreparedStatement>();
  function wrap(real: D1PreparedStatement, sql: string): D1PreparedStatement {
    const what = `DB ${sql.trim().replace(/\s+/g, ' ').slice(0, 40)}`;
    const wrapped = {
      bind: (...values: unknown[]) => wrap(real.bind(...values), sql),
      first: (column: string) => caller('call', what, () => (column === undefined ? real.first() : real.first(column))),
      all: () => caller('call', what, () => real.all()),
      run: () => caller('call', what, () => real.run()),
    };
    reals.set(wrapped, real);
    return wrapped as unknown as D1PreparedStatement;
  }
  return {
    prepare: (sql: string) => wrap(db.prepare(sql), sql),
    batch: (statements: D1PreparedStatement[]) =>
      caller('call', 'DB batch', () => db.batch(statements.map((one) => reals.get(one) as D1PreparedStatement))),
  } as unknown as D1Database;
}

function faultyBucket(bucket: R2Bucket, caller: Caller): R2Bucket {
  const dated = ({ key, size, customMetadata }: R2Object) => ({
    key,
    size,
    customMetadata,
    uploaded: new Date(writtenAt.get(key) ?? 0),
  });
  return {
    put: (key: string, value: Uint8Array, options?: R2PutOptions) =>
      caller('call', `PICTURES.put ${key}`, () => {
        writtenAt.set(key, Date.now());
        return bucket.put(key, value, options);
      }),
    get: (key: string, options?: R2GetOptions) => caller('call', `PICTURES.get ${key}`, () => bucket.get(key, options)),
    head: (key: string) =>
      caller('call', `PICTURES.head ${key}`, async () => {
        const object = await bucket.head(key);
        return object && dated(object);
      }),
    delete: (keys: string | string[]) => caller('call', `PICTURES.delete ${keys}`, () => bucket.delete(keys)),
    list: (options: R2ListOptions) =>
      caller('call', `PICTURES.list ${options.prefix}`, async () => {
        const page = await bucket.list(options);
        return { ...page, truncated: page.truncated, objects: page.objects.map(dated) };
      }),
  } as unknown as R2Bucket;
}

function faultyNamespace(namespace: Env['TASKS'], caller: Caller): Env['TASKS'] {
  const getByName = (name: string) =>
    new Proxy(
      {},
      {
        get:
          (_, method: string) =>
          // A new stub each time: one that has seen its object die stays broken.
          (...given: unknown[]) =>
            caller('call', `TASKS.${method}`, () => {
              const stub = namespace.getByName(name) as unknown as Record<
                string,
                (...a: unknown[]) => Promise<unknown>
              >;
              return (stub[method] as (...a: unknown[]) => Promise<unknown>)(...given);
            }),
      },
    );
  return { getByName } as unknown as Env['TASKS'];
}

export interface ObjectWatch {
  /** The bindings of a task's object. */
  switchboard(ctx: DurableObjectState): Switchboard;
  alarmSet(taskId: string, at: number | null): void;
}

const contexts = new WeakMap<object, DurableObjectState>();
const environments = new WeakMap<object, Env>();
const setAlarms = new WeakMap<DurableObjectStorage, DurableObjectStorage['setAlarm']>();

/** Puts faults between every task object and its bindings and storage, also after it has died and come back. */
export function watchTaskObjects(watch: ObjectWatch): void {
  Object.defineProperty(TaskObject.prototype, 'ctx', {
    configurable: true,
    get(this: object) {
      return contexts.get(this);
    },
    set(this: object, ctx: DurableObjectState) {
      contexts.set(this, ctx);
      watchStorage(ctx, watch);
    },
  });
  Object.defineProperty(TaskObject.prototype, 'env', {
    configurable: true,
    get(this: object) {
      return environments.get(this);
    },
    set(this: object, real: Env) {
      environments.set(this, faultyEnv(real, watch.switchboard(contexts.get(this) as DurableObjectState)));
    },
  });
}

function watchStorage(ctx: DurableObjectState, watch: ObjectWatch): void {
  const { storage } = ctx;
  const taskId = ctx.id.name ?? '';
  const { caller } = watch.switchboard(ctx);
  const setAlarm = storage.setAlarm.bind(storage);
  const deleteAll = storage.deleteAll.bind(storage);
  setAlarms.set(storage, setAlarm);
  storage.setAlarm = (at) =>
    caller('storage', 'storage.setAlarm', () => {
      watch.alarmSet(taskId, Number(at));
      return setAlarm(at);
    });
  storage.deleteAll = () =>
    caller('storage', 'storage.deleteAll', () => {
      watch.alarmSet(taskId, null);
      return deleteAll();
    });
}

/** Sets the alarm of an object without its knowledge, as the platform does to try it again. */
export async function setAlarmUnseen(storage: DurableObjectStorage, at: number): Promise<void> {
  await (setAlarms.get(storage) ?? storage.setAlarm.bind(storage))(at);
}

/** The bindings as they are. */
export const realEnv = env;
