import { BROKEN, POISON, setTime, type Wish, type World } from './world.ts';

const MINUTE = 60_000;

/** Names as they are valid: each world puts its own prefix before them. */
const A = 'a';

async function shown(world: World): Promise<Wish> {
  const wish = await world.create(A, 'the first picture', ['SUCCESS']);
  await world.settle();
  return wish;
}

/** Until the owners have forgotten what ended. */
async function forgotten(world: World): Promise<void> {
  await world.settle();
  await world.forget();
}

/** A client that sends its request until it is answered. */
async function insist(world: World, send: () => Promise<Wish>): Promise<void> {
  for (let times = 0; times < 4; times++) {
    const { is } = (await send()).outcome;
    if (is === 'done') return;
    await world.settle();
    setTime(Date.now() + 16 * MINUTE);
    await world.sweep();
  }
  world.problems.push('a client that insisted was not answered');
}

export interface Scenario {
  /** What must be there before; spared by faults. */
  prepare?(world: World): Promise<unknown>;
  /** What faults befall. */
  play(world: World): Promise<unknown>;
}

/** What becomes of uploads. */
export const UPLOADS: Record<string, Scenario> = {
  create: {
    play: (world) => world.create(A, 'a picture', ['SUCCESS']),
  },

  'create a long animation': {
    play: async (world) => {
      world.isSlow = true;
      await world.create(A, 'an animation', ['SUCCESS']);
    },
  },

  'create with the real renderer': {
    play: async (world) => {
      world.isReal = true;
      await world.create(A, 'moving-square.png', ['SUCCESS']);
    },
  },

  'create a broken picture': {
    play: (world) => world.create(A, `${BROKEN} picture`, ['FAILURE']),
  },

  'two uploads for one name': {
    play: (world) =>
      Promise.all([world.create(A, 'one picture', ['SUCCESS']), world.create(A, 'another picture', ['SUCCESS'])]),
  },

  'a passing fault': {
    play: async (world) => {
      world.passingFaults = 1;
      await world.create(A, 'a picture', ['SUCCESS']);
    },
  },

  'a message is lost': {
    play: async (world) => {
      world.losses = 1;
      await world.create(A, 'a picture', ['SUCCESS']);
    },
  },

  'replace twice': {
    prepare: shown,
    play: async (world) => {
      await world.replace(A, 'the second picture', ['SUCCESS']);
      await world.replace(A, 'the third picture', ['SUCCESS']);
    },
  },

  'replace twice, the later one is ready first': {
    prepare: shown,
    play: async (world) => {
      world.duringRender = async () => {
        await world.replace(A, 'the third picture', ['SUCCESS']);
        await world.deliver();
      };
      await world.replace(A, 'the second picture', ['SUCCESS']);
      await world.settle();
    },
  },

  'render anew, by a client that insists': {
    prepare: shown,
    play: (world) => insist(world, () => world.rerender(A, 'the first picture', ['SUCCESS'], 'key')),
  },

  'render anew, then replace, and the sweep comes between': {
    prepare: async (world) => {
      await shown(world);
      await forgotten(world);
    },
    play: async (world) => {
      world.duringRender = async () => {
        await world.replace(A, 'the second picture', ['SUCCESS']);
        await world.sweep();
      };
      await world.rerender(A, 'the first picture', ['SUCCESS']);
    },
  },

  'replace with a broken picture': {
    prepare: shown,
    play: (world) => world.replace(A, `${BROKEN} picture`, ['FAILURE']),
  },

  'a request is sent until it is answered': {
    play: (world) => insist(world, () => world.create(A, 'a picture', ['SUCCESS'], 'key')),
  },

  'a request is sent twice at once': {
    play: async (world) => {
      const send = () => world.create(A, 'a picture', ['SUCCESS'], 'key');
      await Promise.all([send(), send()]);
      await insist(world, send);
    },
  },
};

/** What people do to tasks, and what goes wrong for longer. */
export const TROUBLES: Record<string, Scenario> = {
  'cancel a task that waits': {
    play: async (world) => world.cancel(await world.create(A, 'a picture', ['SUCCESS'])),
  },

  'cancel a task that is being rendered': {
    play: async (world) => {
      const wish = await world.create(A, 'a picture', ['SUCCESS']);
      world.duringRender = () => world.cancel(wish);
      await world.deliver();
    },
  },

  'cancel a task that waits for another attempt': {
    play: async (world) => {
      world.passingFaults = 1;
      const wish = await world.create(A, 'a picture', ['SUCCESS']);
      await world.deliver();
      await world.cancel(wish);
    },
  },

  'cancel all of an emoji': {
    prepare: shown,
    play: async (world) => {
      const second = await world.replace(A, 'the second picture', ['SUCCESS']);
      const third = await world.replace(A, 'the third picture', ['SUCCESS']);
      await world.cancelAll(A, second, third);
    },
  },

  'retry a task that was cancelled': {
    prepare: async (world) => {
      await world.cancel(await world.create(A, 'a picture', ['SUCCESS']));
      await world.settle();
    },
    play: (world) => world.retry(...world.wishes),
  },

  'retry a task that its owner has forgotten': {
    prepare: async (world) => {
      await world.create(A, `${BROKEN} picture`, ['FAILURE']);
      await forgotten(world);
    },
    play: (world) => world.retry(...world.wishes),
  },

  'retry a replacement after a later one': {
    prepare: async (world) => {
      await shown(world);
      await world.cancel(await world.replace(A, 'the second picture', ['SUCCESS']));
      await world.replace(A, 'the third picture', ['SUCCESS']);
      await world.settle();
    },
    play: (world) => world.retry(...world.wishes.slice(1, 2)),
  },

  'retry while another upload takes the name': {
    prepare: async (world) => {
      await world.cancel(await world.create(A, 'one picture', ['SUCCESS']));
      await world.settle();
    },
    play: (world) => Promise.all([world.retry(...world.wishes), world.create(A, 'another picture', ['SUCCESS'])]),
  },

  'no renderer reaches the owner': {
    play: async (world) => {
      world.isCutOff = true;
      await world.create(A, 'a picture', ['FAILURE']);
    },
  },

  'a picture kills its renderers': {
    play: async (world) => {
      await world.create(A, `${POISON} picture`, ['FAILURE']);
      await world.create('b', 'a picture', ['SUCCESS']);
    },
  },

  'D1 is away for a while': {
    play: async (world) => {
      await world.create(A, 'a picture', ['SUCCESS']);
      world.outage = { of: 'DB', until: Date.now() + 20 * MINUTE };
      await world.settle();
    },
  },

  // Shorter than what uses up the attempts.
  'R2 is away for a while': {
    play: async (world) => {
      await world.create(A, 'a picture', ['SUCCESS']);
      world.outage = { of: 'PICTURES', until: Date.now() + 5_000 };
      await world.settle();
    },
  },

  'the sweep is interrupted': {
    prepare: async (world) => {
      world.killAt = 'TASKS.submit';
      await world.create(A, 'a picture that nobody accepted', []);
      world.killAt = 'DB batch';
      await world.create('b', 'a picture that nobody knows of', []);
      const wish = await world.create('c', 'a picture that is cancelled', ['SUCCESS']);
      world.duringRender = () => world.cancel(wish);
      await world.settle();
      setTime(Date.now() + 16 * MINUTE);
    },
    play: async (world) => {
      await world.sweep();
      setTime(Date.now() + 16 * MINUTE);
      await world.sweep();
    },
  },
};

/** What becomes of packs. */
export const IMPORTS: Record<string, Scenario> = {
  'import a pack': {
    play: (world) => world.importPack({ a: 'one picture', b: `${BROKEN} picture` }, 'skip', ['also_']),
  },

  'import a pack over what is there': {
    prepare: shown,
    play: (world) => world.importPack({ [A]: 'another picture' }, 'replace'),
  },

  'import a pack beside what is there': {
    prepare: shown,
    play: (world) => world.importPack({ [A]: 'another picture' }, 'rename'),
  },
};
