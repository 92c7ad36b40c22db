import { d1EmojiCatalogue } from '../../src/adapters/d1-emoji-catalogue.ts';
import { recordTask } from '../../src/adapters/d1-task-record.ts';
import { claim, submit, succeed } from '../../src/domain/task.ts';
import { must, newOrder, RESULT } from '../support/tasks.ts';

export { TaskObject } from '../../src/index.ts';

/** Writes down what `POST /write?uploads=…&at_once=…` says of uploads. @returns `sqlMs`, what D1 says its statements took */
export default {
  async fetch(request, { DB }) {
    const { searchParams } = new URL(request.url);
    if (request.method !== 'POST') return new Response();
    let sqlMs = 0;
    const db = timed(DB, (milliseconds) => (sqlMs += milliseconds));
    let left = Number(searchParams.get('uploads'));
    const writer = async () => {
      while (left-- > 0) await write(db, `party_parrot_${crypto.randomUUID().slice(0, 8)}`);
    };
    await Promise.all(Array.from({ length: Number(searchParams.get('at_once')) }, writer));
    return Response.json({ sqlMs });
  },
} satisfies ExportedHandler<Env>;

async function write(db: D1Database, emojiName: string): Promise<void> {
  const order = newOrder({ emojiName });
  await d1EmojiCatalogue(db).take(order);
  const started = must(claim(submit(order), 'token', order.receivedAt + 50));
  await recordTask(db, must(succeed(started, 'token', RESULT, order.receivedAt + 80)));
}

function timed(db: D1Database, add: (milliseconds: number) => void): D1Database {
  return {
    prepare: (statement: string) => db.prepare(statement),
    async batch(statements: D1PreparedStatement[]) {
      const results = await db.batch(statements);
      for (const { meta } of results) add(meta.duration);
      return results;
    },
  } as unknown as D1Database;
}
