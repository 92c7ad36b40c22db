import type { Failure } from '../domain/failure.ts';
import { secretUnreadable } from '../domain/publishing/failures.ts';
import type { Target } from '../domain/publishing/target.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Secrets } from './ports.ts';
import {
  type PlatformAccount,
  PlatformBusy,
  type PlatformClients,
  PlatformFault,
  PlatformRefusal,
  type StoredTarget,
  type Targets,
} from './publishing-ports.ts';

type Destination = Pick<Target, 'id' | 'platform' | 'url' | 'guildId' | 'email'>;

/** A secret is sealed for where it is sent to: with another address in its row it can be sent nowhere. */
export function destinationOf({ id, platform, url, guildId, email }: Destination): string {
  return JSON.stringify([id, platform, url, guildId, email]);
}

/** @returns null where it cannot be read any more */
export function secretOf(secrets: Secrets, target: StoredTarget): Promise<string | null> {
  return secrets.open(target.sealedSecret, destinationOf(target));
}

/** @throws Refusal `target_name_taken` */
export async function addTarget(
  { targets, secrets }: { targets: Targets; secrets: Secrets },
  given: Pick<Target, 'name' | 'platform' | 'url' | 'guildId' | 'email' | 'createdBy'>,
  secret: string,
  now: number,
): Promise<Target> {
  const id = crypto.randomUUID();
  const sealedSecret = await secrets.seal(secret, destinationOf({ ...given, id }));
  const target = { ...given, id, createdAt: now, pausedUntil: 0, sealedSecret };
  if (await targets.add(target)) return target;
  throw new Refusal(
    'target_name_taken',
    `A target is called "${given.name}". Choose another name, or delete that one.`,
  );
}

/** @throws Refusal `target_not_found` */
export async function findTarget(targets: Targets, name: string): Promise<StoredTarget> {
  const target = await targets.find(name);
  if (target === null) throw targetNotFound(name);
  return target;
}

/** Gives a target another secret. @throws Refusal `target_not_found` */
export async function changeSecret(
  { targets, secrets }: { targets: Targets; secrets: Secrets },
  name: string,
  secret: string,
): Promise<Target> {
  const target = await findTarget(targets, name);
  await targets.reseal(target.id, await secrets.seal(secret, destinationOf(target)));
  return target;
}

/** Emoji that were published there stay there. @throws Refusal `target_not_found` */
export async function deleteTarget(targets: Targets, name: string): Promise<void> {
  if (!(await targets.delete(name))) throw targetNotFound(name);
}

/** What a platform says to the secret of a target. */
export type Check = { account: PlatformAccount; failure: null } | { account: null; failure: Failure };

/** For each of two questions: a person waits for the answers. */
const CHECK_MS = 4_000;

/** No emoji that anybody would make. */
const UNLIKELY_NAME = 'is_this_target_there';

/**
 * Asks the platform whose token it has, and for an emoji, which shows whether that is allowed. Nothing is changed there.
 *
 * @param service the origin of this service
 * @throws Refusal `target_not_found`
 */
export async function checkTarget(
  { targets, secrets, clients }: { targets: Targets; secrets: Secrets; clients: PlatformClients },
  name: string,
  service: string,
): Promise<Check> {
  const target = await findTarget(targets, name);
  const secret = await secretOf(secrets, target);
  if (secret === null) return { account: null, failure: secretUnreadable(name) };
  const client = clients.of(target, secret, service, CHECK_MS);
  try {
    const account = await client.whoami();
    await client.find(UNLIKELY_NAME);
    return { account, failure: null };
  } catch (error) {
    return { account: null, failure: failureOf(error) };
  }
}

/** @throws the error, when it is no platform's */
function failureOf(error: unknown): Failure {
  if (error instanceof PlatformRefusal) return error.failure;
  if (error instanceof PlatformBusy) {
    return { code: 'platform_busy', message: `${error.message}.`, remedy: 'Check it again then.' };
  }
  if (error instanceof PlatformFault) {
    return { code: 'platform_unreachable', message: `${error.message}.`, remedy: 'Check it again in a while.' };
  }
  throw error;
}

function targetNotFound(name: string): Refusal {
  return new Refusal('target_not_found', `There is no target called "${name}". GET /custom-emoji/targets lists them.`);
}
