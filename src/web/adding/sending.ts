import { parseEmojiName } from '../../domain/emoji-name.ts';
import { answered, emojiApi, taskApi } from '../shared/api.ts';
import { byName, lookUp } from '../shared/emojis.ts';
import { newKey, upload } from '../shared/upload.ts';
import { learn } from './known-names.ts';
import { queryOf } from './look.ts';
import { type Accepted, failureFrom, follow, type Step } from './order.ts';
import { type Item, isReady, type Stage, sheet, targetOf, update } from './sheet-state.ts';

/** Told of each emoji that was made. */
let onMade: (name: string) => void = () => {};

export function tellMade(tell: (name: string) => void): void {
  onMade = tell;
}

/** What can stop an upload or a task, by the id of its file. */
const running = new Map<number, { controller: AbortController; taskId: string | null }>();

/** Sends files; each goes its own way from here. */
export function send(ids: readonly number[]): void {
  const items = ids.flatMap((id) => sheet.value.items.get(id) ?? []);
  for (const item of items.filter(isReady)) void carryOut(item);
}

async function carryOut(item: Item): Promise<void> {
  const { id } = item;
  const controller = new AbortController();
  const job = { controller, taskId: null as string | null };
  const tell = (stage: Stage) => update(id, { stage });
  running.set(id, job);
  try {
    const accepted = await order(item, tell, controller.signal);
    update(id, { sent: null });
    job.taskId = accepted.task_id;
    const made = await follow(accepted, tell);
    const duplicates = [...new Set([...made.duplicates, ...accepted.duplicates])];
    if (item.url) URL.revokeObjectURL(item.url);
    update(id, { url: null, stage: { at: 'made', made: { ...made, duplicates } } });
    learn(made.name, made.emoji);
    onMade(made.name);
  } catch (error) {
    if (controller.signal.aborted) return tell({ at: 'draft' });
    const failure = failureFrom(error);
    // The request was answered: the next one is another.
    if (failure.code !== 'unreachable') update(id, { sent: null });
    const parsed = parseEmojiName(item.written);
    if (failure.code === 'name_taken' && parsed.ok) {
      const answer = await lookUp([parsed.name]).catch(() => null);
      // Where nobody is found who has it, its first picture is on its way.
      learn(parsed.name, answer?.get(parsed.name)?.emoji ?? 'reserved');
      return tell({ at: 'draft' });
    }
    if (parsed.ok && !item.replaces) learn(parsed.name, null);
    // The order itself was noted with the emoji, whose ETag is another one since.
    if (item.replaces && job.taskId) {
      await targetOf(item.replaces.name).then(
        (replaces) => update(id, { replaces }),
        () => {},
      );
    }
    tell({ at: 'failed', failure });
  } finally {
    running.delete(id);
  }
}

function order(item: Item, tell: (step: Step) => void, signal: AbortSignal): Promise<Accepted> {
  const { file, written, replaces } = item;
  const query = queryOf(item.look ?? sheet.value.look);
  const url = replaces
    ? emojiApi.emojis[':name'].image.$url({ param: byName(replaces.name), query })
    : emojiApi.emojis.$url({ query: { ...query, name: written } });
  const headers = {
    'Idempotency-Key': keyOf(item, url.href),
    ...(replaces && { 'If-Match': replaces.etag }),
  };
  return upload({ method: replaces ? 'PUT' : 'POST', url, headers, body: file }, tell, signal);
}

function keyOf({ id, sent }: Item, request: string): string {
  if (sent?.request === request) return sent.key;
  const key = newKey();
  update(id, { sent: { request, key } });
  return key;
}

/** Has an emoji that was changed meanwhile looked at again. */
export async function lookAgain({ id, replaces }: Item): Promise<void> {
  if (!replaces) return;
  try {
    update(id, { replaces: await targetOf(replaces.name), stage: { at: 'draft' } });
  } catch (error) {
    update(id, { stage: { at: 'failed', failure: failureFrom(error) } });
  }
}

/** Stops what is under way, so that it can be changed and sent again. */
export async function cancel(id: number): Promise<void> {
  const job = running.get(id);
  if (!job) return;
  if (job.taskId === null) job.controller.abort();
  // Where it has come to its end meanwhile, that is told as any end.
  else await answered(taskApi.tasks[':id'].cancel.$post({ param: { id: job.taskId } })).catch(() => {});
}
