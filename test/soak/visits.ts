/** What the clients come for. Each visit is one upload, and what its kind goes on to do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, told } from './client.ts';
import type { Upload } from './ledger.ts';
import { brokenPicture, colourOf, goodPicture, longAnimation, type Picture, whole } from './pictures.ts';

/** Per cent of all; the rest uploads a picture that works, and no more. */
const SHARES = { broken: 10, duplicate: 5, cancelled: 5, replaced: 4 };

export type VisitKind = keyof typeof SHARES | 'plain';

/** One visit. What it has to wait for goes on behind: other visits need not wait for that. */
export type Visit = (client: Client, number: number) => Promise<{ behind: Promise<void> } | undefined>;

/** The kinds of `count` visits, in random order. */
export function plan(count: number, random: () => number): VisitKind[] {
  const kinds: VisitKind[] = Object.entries(SHARES).flatMap(([kind, share]) =>
    Array<VisitKind>(Math.round((count * share) / 100)).fill(kind as VisitKind),
  );
  while (kinds.length < count) kinds.push('plain');
  for (let i = kinds.length - 1; i > 0; i--) {
    const j = whole(random, 0, i);
    [kinds[i], kinds[j]] = [kinds[j], kinds[i]];
  }
  return kinds;
}

export const VISITS: Record<VisitKind, Visit> = {
  async plain(client, number) {
    const task = await client.upload(create(number, await goodPicture(client.random, colourOf(number))));
    if (task && client.random() < 0.2) await client.glance(task);
    return undefined;
  },

  async broken(client, number) {
    const task = await client.upload(create(number, brokenPicture(client.random)));
    if (!task || client.random() < 0.8) return;
    return { behind: failAgain() };

    async function failAgain(): Promise<void> {
      if (!task || (await client.end(task)) !== 'FAILURE') return;
      await client.restart(task);
    }
  },

  async cancelled(client, number) {
    const { random } = client;
    const colour = colourOf(number);
    const picture = random() < 0.5 ? longAnimation(random, colour) : await goodPicture(random, colour);
    const task = await client.upload(create(number, picture));
    if (!task) return;
    return { behind: cancelAndMaybeRegret() };

    async function cancelAndMaybeRegret(): Promise<void> {
      if (!task) return;
      await sleep(random() < 0.5 ? whole(random, 0, 100) : whole(random, 100, 5_000));
      await client.cancel(task);
      if (!task.isCancelled || random() < 0.6) return;
      await sleep(whole(random, 0, 500));
      await client.restart(task);
    }
  },

  async duplicate(client, number) {
    const picture = await goodPicture(client.random, colourOf(number));
    const way = DUPLICATES[whole(client.random, 0, DUPLICATES.length - 1)];
    await way(client, create(number, picture), await goodPicture(client.random, colourOf(number + 1)));
    return undefined;
  },

  async replaced(client, number) {
    const first = await client.upload(create(number, await goodPicture(client.random, colourOf(number))));
    if (!first) return;
    return { behind: replaceOnceOrMore() };

    async function replaceOnceOrMore(): Promise<void> {
      if (!first || (await client.end(first)) !== 'SUCCESS') return;
      for (let more = whole(client.random, 1, 3), n = 1; n <= more; n++) {
        const { random } = client;
        const picture = random() < 0.15 ? brokenPicture(random) : await goodPicture(random, colourOf(number + 50 * n));
        await client.upload({ ...first, kind: 'replace', idempotencyKey: crypto.randomUUID(), picture });
      }
    }
  },
};

/** What happens twice, and what the second one must be told. */
const DUPLICATES: ((client: Client, upload: Upload, other: Picture) => Promise<void>)[] = [
  async function sameNameAgain(client, upload, other) {
    if ((await client.upload(upload)) === null) return;
    const answer = await client.send({ ...upload, idempotencyKey: crypto.randomUUID(), picture: other });
    if (answer === null) return;
    client.ledger.count('told "name taken"');
    client.ledger.expect(answer.json.code === 'name_taken', () => `${upload.name} twice: ${told(answer)}`);
  },
  async function sameRequestAgain(client, upload) {
    const first = await client.upload(upload);
    const second = first && (await client.upload(upload));
    client.ledger.count('requests sent again');
    client.ledger.expect(first?.taskId === second?.taskId, () => `${upload.name}: one request, two tasks`);
  },
  async function sameRequestAtOnce(client, upload) {
    const [first, second] = await Promise.all([client.upload(upload), client.upload(upload)]);
    client.ledger.count('requests sent twice at once');
    client.ledger.expect(
      !first || !second || first.taskId === second.taskId,
      () => `${upload.name}: one request at once, two tasks`,
    );
  },
  async function lostAnswer(client, upload) {
    await client.abandon(upload);
    client.ledger.count('answers not waited for');
    await client.upload(upload);
  },
  async function otherRequestUnderTheKey(client, upload, other) {
    if ((await client.upload(upload)) === null) return;
    const answer = await client.send({ ...upload, picture: other });
    if (answer === null) return;
    client.ledger.count('told "key reused"');
    client.ledger.expect(
      answer.status === 422 && answer.json.code === 'idempotency_key_reused',
      () => `${upload.name}, another picture under its key: ${told(answer)}`,
    );
  },
];

function create(number: number, picture: Picture): Upload {
  return { name: `soak_${number}`, kind: 'create', idempotencyKey: crypto.randomUUID(), picture };
}
