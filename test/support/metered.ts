import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { TaskObject } from '../../src/adapters/task-object.ts';
import { countingDatabase, noWork } from './counting-database.ts';

/** What Cloudflare counts, by its own rules, of what was done. */
export interface Operations {
  /** Invocations of the Worker that are requests, and those that are not: batches of the queue. */
  requests: number;
  /** R2: `put`, `list` and each part of a multipart upload; `get` and `head`. `delete` costs nothing. */
  r2ClassA: number;
  r2ClassB: number;
  /** D1: calls (a batch is one), and rows as it counts them itself. */
  d1Calls: number;
  d1RowsRead: number;
  d1RowsWritten: number;
  /** Durable Objects: calls and alarms. A `get` reads a row; a `put`, a `setAlarm`, and each deleted one write one. */
  objectRequests: number;
  objectRowsRead: number;
  objectRowsWritten: number;
  /** Three a message of up to 64 KB: written, read, deleted. */
  queueOperations: number;
}

const CLASS_A = ['put', 'list', 'createMultipartUpload', 'uploadPart', 'complete'];
const CLASS_B = ['get', 'head'];
const FREE = ['delete', 'abort'];

const OPERATIONS_PER_MESSAGE = 3;

/** The bindings of a deployed service, which count what is done with them, also by the objects of tasks. */
export function meter(settings: object = {}) {
  const counted: Operations = {
    requests: 0,
    r2ClassA: 0,
    r2ClassB: 0,
    d1Calls: 0,
    d1RowsRead: 0,
    d1RowsWritten: 0,
    objectRequests: 0,
    objectRowsRead: 0,
    objectRowsWritten: 0,
    queueOperations: 0,
  };
  const work = noWork();
  const messages: unknown[] = [];
  const queue = (keep: (body: unknown) => void = () => {}) => ({
    async send(body: unknown) {
      counted.queueOperations += OPERATIONS_PER_MESSAGE;
      keep(body);
    },
  });
  const queues = Object.keys(env).filter((name) => name.endsWith('_QUEUE'));
  const bindings = {
    ...env,
    ...settings,
    DB: countingDatabase(env.DB, work),
    PICTURES: countingBucket(env.PICTURES, counted),
    ...Object.fromEntries(queues.map((name) => [name, queue()])),
    RENDER_QUEUE: queue((body) => messages.push(body)),
    TASKS: countingTasks(env.TASKS, counted, (stub) => meterObject(stub, bindings, counted)),
  } as unknown as Env;
  return {
    env: bindings,
    counted,
    /** What was sent to the renderers and not taken from here yet. */
    messages: () => messages.splice(0),
    /** The rows that were written since the last time, by table. */
    written(): Record<string, number> {
      const { writtenTo } = work;
      work.writtenTo = {};
      return writtenTo;
    },
    /** What was counted since the last time. */
    take(): Operations {
      const taken = { ...counted, d1Calls: work.calls, d1RowsRead: work.rowsRead, d1RowsWritten: work.rowsWritten };
      for (const key of Object.keys(counted) as (keyof Operations)[]) counted[key] = 0;
      Object.assign(work, { ...noWork(), writtenTo: work.writtenTo });
      return taken;
    },
  };
}

/** Calls `seen` with the name of each method before it is called; `wrap` may put another in the place of its result. */
function watched<Target extends object>(
  target: Target,
  seen: (name: string) => unknown,
  wrap = (result: unknown): unknown => result,
): Target {
  return new Proxy(target, {
    get(_, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        seen(String(property));
        return wrap(value.apply(target, args));
      };
    },
  });
}

function countingBucket<Bucket extends object>(bucket: Bucket, counted: Operations): Bucket {
  const seen = (name: string) => {
    if (CLASS_A.includes(name)) counted.r2ClassA++;
    else if (CLASS_B.includes(name)) counted.r2ClassB++;
    else if (!FREE.includes(name)) throw new Error(`nobody has said what R2's ${name} costs`);
  };
  return watched(bucket, seen, async (result) => {
    const given = await result;
    // A multipart upload has methods that count, too.
    return given !== null && typeof given === 'object' && 'uploadPart' in given
      ? countingBucket(given, counted)
      : given;
  });
}

function countingTasks(
  tasks: DurableObjectNamespace<TaskObject>,
  counted: Operations,
  prepare: (stub: DurableObjectStub<TaskObject>) => Promise<void>,
) {
  return {
    getByName(name: string) {
      const stub = tasks.getByName(name);
      return new Proxy(stub, {
        get:
          (_, method) =>
          async (...args: unknown[]) => {
            await prepare(stub);
            counted.objectRequests++;
            return (Reflect.get(stub, method) as (...given: unknown[]) => unknown)(...args);
          },
      });
    },
  };
}

const metered = new WeakSet<object>();

/** Has an object use the bindings, and its storage count. */
export async function meterObject(
  stub: DurableObjectStub<TaskObject>,
  bindings: Env,
  counted: Operations,
): Promise<void> {
  await runInDurableObject(stub, (instance, { storage }) => {
    if (metered.has(instance)) return;
    metered.add(instance);
    Object.defineProperty(instance, 'env', { value: bindings, configurable: true });
    const count = (target: object, name: string, add: () => void) => {
      const real = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      const counting = (...args: unknown[]) => {
        add();
        return real.apply(target, args);
      };
      Object.defineProperty(target, name, { value: counting, configurable: true });
    };
    const { kv } = storage;
    count(kv, 'get', () => counted.objectRowsRead++);
    count(kv, 'put', () => counted.objectRowsWritten++);
    count(storage, 'setAlarm', () => counted.objectRowsWritten++);
    count(storage, 'deleteAll', () => {
      counted.objectRowsWritten += [...kv.list()].length;
    });
  });
}
