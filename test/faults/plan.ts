/** What can go wrong with a call to another part of the system. */
export const FAULTS = [
  /** It fails and has done nothing. */
  'error',
  /** It does its work, and the answer is lost. */
  'answer lost',
  /** The caller dies before the call: no catch, no finally. */
  'crash before',
  /** The caller dies after the call, before it learns the answer. */
  'crash after',
  /** It is done twice. */
  'duplicate',
  /** It is held until all else has settled, for longer than a lease. */
  'delay',
  /** It is held for hours, while the sweep runs. */
  'stall',
  /** The queue takes the message and loses it. */
  'lose',
  /** The message comes after others that were sent later. */
  'late',
] as const;
export type Fault = (typeof FAULTS)[number];

const CALL_FAULTS: Fault[] = ['error', 'answer lost', 'crash before', 'crash after', 'duplicate', 'delay', 'stall'];

/** The kinds of calls, and what can go wrong with each. */
export const FAULTS_OF = {
  call: CALL_FAULTS,
  send: [...CALL_FAULTS, 'lose', 'late'],
  /** The object's own storage: it fails together with the object. */
  storage: ['crash before', 'crash after'],
  render: ['error', 'crash before', 'crash after', 'delay', 'stall'],
  acknowledge: ['crash before', 'duplicate', 'delay'],
  alarm: ['error', 'duplicate', 'delay'],
} satisfies Record<string, Fault[]>;
export type CallKind = keyof typeof FAULTS_OF;

/** A call of a scenario: who made it, and which of its calls it was. */
export interface Call {
  /** `object1#3`: the third call of the first task's object. */
  id: string;
  kind: CallKind;
}

/** Faults by the id of the call they befall. */
export type Plan = Map<string, Fault>;

/** Each fault of each call, alone; or one fault of each call, of each kind in turn. */
export function singlePlans(calls: Call[], isAll: boolean): Plan[] {
  return calls.flatMap(({ id, kind }, i) => {
    const faults: Fault[] = FAULTS_OF[kind];
    const some = isAll ? faults : faults.slice(i % faults.length, (i % faults.length) + 1);
    return some.map((fault): Plan => new Map([[id, fault]]));
  });
}

/** Two faults at two calls, drawn. */
export function pairPlan(calls: Call[], random: () => number): Plan {
  const plan: Plan = new Map();
  while (plan.size < Math.min(2, calls.length)) {
    const { id, kind } = pick(calls, random);
    plan.set(id, pick<Fault>(FAULTS_OF[kind], random));
  }
  return plan;
}

export function pick<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** As `FAULT_PLAN` takes it: `scenario|call=fault|call=fault`. */
export function writePlan(scenario: string, plan: Plan): string {
  return [scenario, ...[...plan].map(([id, fault]) => `${id}=${fault}`)].join('|');
}

export function readPlan(text: string): { scenario: string; plan: Plan } {
  const [scenario = '', ...faults] = text.split('|');
  return { scenario, plan: new Map(faults.map((fault) => fault.split('=') as [string, Fault])) };
}

/** Mulberry32: numbers from 0 to 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
