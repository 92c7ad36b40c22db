import type { Principal } from '../../domain/access.ts';
import type { ConflictPolicy } from '../../domain/packs/import-item.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { Rendering } from '../../domain/rendering.ts';
import type { TaskRecord } from '../../domain/task.ts';
import {
  type Accepted,
  acceptRendering,
  acceptUpload,
  type KeptUpload,
  type NewTask,
  type Purpose,
  type RenderRequest,
  type Upload,
  type UploadPorts,
} from '../accept-upload.ts';
import { findTask } from '../find-task.ts';
import { checkMover } from '../move-task.ts';
import { fromDetails, type ImportOptions, tasksOf, toDetails } from './options.ts';

type Wanted = Pick<ImportOptions, 'onConflict' | 'dryRun' | 'origin'>;

/**
 * Orders the import of an archive.
 *
 * @param upload its picture is a zip
 * @throws Refusal when a quota is exceeded
 */
export function orderImport(ports: UploadPorts, upload: Upload, wanted: Wanted): Promise<Accepted> {
  const { kind, name, tokenId } = upload.by;
  const options = { ...wanted, from: null, by: { kind, name, tokenId } };
  return acceptUpload(ports, upload, importing(ports, options, upload.by, true));
}

/**
 * Orders that what a dry run has found is carried out, from the archive that is kept; or is found out anew, for another
 * policy.
 *
 * @param wanted what is left out is as it was for the dry run
 * @throws Refusal `import_not_found`, `task_not_yours`, `import_not_planned`; when a quota is exceeded
 */
export async function runImport(
  ports: UploadPorts,
  id: string,
  request: Omit<RenderRequest, 'rendering'>,
  wanted: { onConflict: ConflictPolicy | undefined; dryRun: boolean },
): Promise<Accepted> {
  const { by } = request;
  const dry = await findImport(ports, id, by);
  // Its pictures would be his: whoever sees all tasks does not see what is in their uploads.
  checkMover(by, dry);
  const { onConflict, dryRun, origin } = fromDetails(dry.details);
  if (dry.state !== 'SUCCESS' || !dryRun) {
    const is = dryRun ? dry.state : 'no dry run';
    throw new Refusal(
      'import_not_planned',
      `The import is ${is}; only a dry run that has ended with SUCCESS can be carried out.`,
    );
  }
  const { kind, name, tokenId } = by;
  const { dryRun: isDry } = wanted;
  const policy = wanted.onConflict ?? onConflict;
  // With another policy, something else is to be done about the names.
  const from = isDry || policy !== onConflict ? null : id;
  const options = { onConflict: policy, dryRun: isDry, from, origin, by: { kind, name, tokenId } };
  const { sourceKey, sourceHash } = dry;
  const rendering: Rendering = dry.rendering;
  const purpose = importing(ports, options, by, false);
  return acceptRendering(
    ports,
    { ...request, rendering },
    { ...purpose, enlist: (task, charge) => purpose.enlist({ ...task, sourceKey, sourceHash }, charge) },
  );
}

/** @throws Refusal `import_not_found` */
export async function findImport(
  ports: Parameters<typeof findTask>[0],
  id: string,
  by: Principal,
): Promise<TaskRecord> {
  const task = await findTask(ports, id, by).catch((error: unknown) => {
    if (error instanceof Refusal && error.code === 'task_not_found') return null;
    throw error;
  });
  if (task?.kind === 'import') return task;
  throw new Refusal('import_not_found', `There is no import with the id "${id}".`);
}

function importing(
  { catalogue }: UploadPorts,
  options: ImportOptions,
  by: Principal,
  isUpload: boolean,
): Purpose<KeptUpload> {
  const emojiId = '';
  const tasks = tasksOf(options);
  return {
    adds: { emojis: 0, bytes: isUpload ? 1 : 0, tasks },
    async check() {},
    async enlist(task: NewTask & KeptUpload, charge) {
      const order = {
        ...task,
        kind: 'import' as const,
        emojiId,
        emojiName: '',
        version: 1,
        details: toDetails(options),
      };
      await catalogue.count(order, task.receivedAt, { ...charge, tasks });
      return order;
    },
    delist: (id) => catalogue.withdraw({ id, emojiId, actor: by.name }),
  };
}
