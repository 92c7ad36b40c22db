import { type EmojiImage, type PictureType, RENDITIONS, type Rendition, type StoredPicture } from '../domain/emoji.ts';
import { SOURCE_MISSING } from '../domain/failure.ts';
import type { LogEntry } from '../domain/task-log.ts';
import type {
  EdgeCache,
  ImageStore,
  Logger,
  Progress,
  RenderedPictures,
  Renderer,
  SourceStore,
  TaskOwners,
} from './ports.ts';
import { purgeEdge } from './purge-edge.ts';
import { sha256 } from './sha256.ts';

interface Ports {
  sources: SourceStore;
  images: ImageStore;
  taskOwners: TaskOwners;
  renderer: Renderer;
  edge: EdgeCache;
  log: Logger;
}

const PROGRESS_EVERY_MS = 250;

/**
 * Renders the picture of a task, unless somebody else does or did. May run any number of times for one task.
 *
 * @throws when the task's owner cannot be asked or told: then the message must come again
 */
export async function renderEmoji(ports: Ports, taskId: string): Promise<void> {
  const { sources, images, taskOwners, renderer, log } = ports;
  const claim = await taskOwners.claim(taskId);
  if (claim === null) {
    log.info('nothing to render', { taskId });
    return;
  }
  const facts = { taskId, attempt: claim.attempt };
  const { steps, note } = stopwatch();
  let step = 'reading the upload';
  try {
    const picture = await sources.get(claim.sourceKey);
    if (picture) note('upload_read', { bytes: picture.byteLength });
    step = 'rendering the picture';
    const result =
      picture === null
        ? { failure: SOURCE_MISSING }
        : await renderer.render(picture, claim.rendering, progressTeller(ports, taskId, claim.token, steps));
    if ('failure' in result) {
      step = 'noting the failure';
      const kept = await taskOwners.fail(taskId, claim.token, result.failure, steps);
      log.info('task failed', { ...facts, kept, code: result.failure.code, reason: result.failure.message });
      return;
    }
    step = 'storing the emoji';
    const { source } = result;
    const image = await store(images, result, taskId);
    // One step: Workers stop the clock while they compute, and it goes on when the picture is stored.
    note('rendered_and_stored', { frames: result.frames, bytes: bytesOf(image) });
    const kept = await taskOwners.succeed(taskId, claim.token, { image, source }, steps);
    log.info('task succeeded', { ...facts, kept, ...image, source });
    if (kept && claim.kind !== 'create') await purgeEdge(ports, claim.emojiId);
  } catch (error) {
    log.error('attempt failed', error, { ...facts, step });
    // What the fault says is for the operator: it may name what is nobody's business.
    note('fault', { step });
    await taskOwners.retry(taskId, claim.token, `a fault while ${step}`, steps);
  }
}

/** Notes the steps of an attempt for its log, with the milliseconds that each took. */
function stopwatch() {
  const steps: LogEntry[] = [];
  let since = Date.now();
  const note = (event: LogEntry['event'], details: LogEntry['details']): void => {
    const at = Date.now();
    steps.push({ at, event, details: { ...details, ms: at - since } });
    since = at;
  };
  return { steps, note };
}

/** Stores all files of an emoji. A size that is asked for may be that of a rendition: those are one file. */
async function store(images: ImageStore, rendered: RenderedPictures, taskId: string): Promise<EmojiImage> {
  const { gif, frames } = rendered;
  const main = put(images, 'gif', gif, taskId);
  const others = Object.entries(rendered.renditions).map(async ([name, file]) => {
    const { type } = RENDITIONS[name as Rendition];
    return [name, await (file === gif ? main : put(images, type, file, taskId))] as const;
  });
  const [image, ...renditions] = await Promise.all([main, ...others]);
  return { ...image, frames, renditions: Object.fromEntries(renditions) };
}

/** Of all files of an emoji: equal ones are one. */
function bytesOf({ renditions, ...image }: EmojiImage): number {
  const files = new Map([image, ...Object.values(renditions ?? {})].map(({ hash, bytes }) => [hash, bytes]));
  return files.values().reduce((sum, bytes) => sum + bytes, 0);
}

async function put(images: ImageStore, type: PictureType, file: Uint8Array, taskId: string): Promise<StoredPicture> {
  const hash = await sha256(file);
  await images.put(hash, type, file, taskId);
  return { hash, bytes: file.byteLength };
}

/** Tells the owner now and then; a word that is lost does no harm. */
function progressTeller(
  { taskOwners, log }: Ports,
  taskId: string,
  token: string,
  steps: LogEntry[],
): (progress: Progress) => void {
  let toldAt = Date.now();
  return (progress) => {
    const now = Date.now();
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    taskOwners
      .progress(taskId, token, progress, steps)
      .catch((error) => log.error('progress not told', error, { taskId, ...progress }));
  };
}
