import type { NoticePorts } from '../application/notices/ports.ts';
import { personCalled } from './access-people.ts';
import { archives } from './archives.ts';
import { d1Deliveries } from './d1-deliveries.ts';
import { d1Duplicates } from './d1-duplicates.ts';
import { d1EmojiCatalogue } from './d1-emoji-catalogue.ts';
import { d1EmojiLife } from './d1-emoji-life.ts';
import { d1EmojiList } from './d1-emoji-list.ts';
import { d1Housekeeping } from './d1-housekeeping.ts';
import { d1IdempotencyKeys } from './d1-idempotency-keys.ts';
import { d1ImportItems } from './d1-import-items.ts';
import { d1Publications } from './d1-publications.ts';
import type { Database } from './d1-session.ts';
import { d1Subscriptions } from './d1-subscriptions.ts';
import { d1Targets } from './d1-targets.ts';
import { d1TaskHistory } from './d1-task-history.ts';
import { d1Usage } from './d1-usage.ts';
import { edgeCache } from './edge-cache.ts';
import { fitQueue } from './fit-message.ts';
import { jsonLog } from './json-log.ts';
import { noticeMailer } from './notice-mailer.ts';
import { noticeQueue } from './notice-message.ts';
import { noticePoster } from './notice-poster.ts';
import { pictureFetcher } from './picture-fetcher.ts';
import { platformClients } from './publishers/clients.ts';
import { r2FittedStore } from './r2-fitted-store.ts';
import { r2ImageStore } from './r2-image-store.ts';
import { r2SourceStore } from './r2-source-store.ts';
import { r2StoredObjects } from './r2-stored-objects.ts';
import { sealedSecrets } from './sealed-secrets.ts';
import { isOpenToLoopback, isPrivate, sealingKeyOf } from './settings.ts';
import { taskOwners } from './task-owners.ts';

/** What it takes to tell others of what happened. */
export function noticePorts(env: Env): NoticePorts {
  return {
    subscriptions: d1Subscriptions(env.DB),
    deliveries: d1Deliveries(env.DB),
    noticeQueue: noticeQueue(env.NOTICE_QUEUE),
    poster: noticePoster(),
    mailer: noticeMailer(env),
    secrets: sealedSecrets(sealingKeyOf(env)),
    images: r2ImageStore(env.PICTURES),
    mayBeTold: ({ owner, ofPerson }) => !ofPerson || personCalled(env, owner).scopes.has('emoji:read'),
    isLocal: isOpenToLoopback(env),
    isPublic: !isPrivate(env),
    log: jsonLog,
  };
}

/**
 * Everything that the use cases of the API and the sweep work with.
 *
 * @param db what is read of emoji and tasks comes from there, and what is written of them goes there
 * @param context tells which cache stands in front
 */
export function allPorts(
  env: Env,
  db: Database = env.DB,
  context: Partial<Pick<ExecutionContext, 'cache' | 'waitUntil'>> = {},
) {
  const notices = noticePorts(env);
  return {
    ...notices,
    catalogue: d1EmojiCatalogue(db),
    life: d1EmojiLife(db, (ids) => context.waitUntil?.(notices.noticeQueue.wake(ids))),
    emojiList: d1EmojiList(db),
    duplicates: d1Duplicates(db),
    taskHistory: d1TaskHistory(db),
    idempotencyKeys: d1IdempotencyKeys(env.DB),
    usage: d1Usage(env.DB),
    housekeeping: d1Housekeeping(db),
    importItems: d1ImportItems(env.DB),
    pictureFetcher: pictureFetcher(notices.isLocal),
    sources: r2SourceStore(env.PICTURES),
    fitted: r2FittedStore(env.PICTURES),
    fitQueue: fitQueue(env.RENDER_QUEUE),
    storedObjects: r2StoredObjects(env.PICTURES),
    targets: d1Targets(env.DB),
    publications: d1Publications(env.DB),
    clients: platformClients,
    taskOwners: taskOwners(env.TASKS, db.overtaken),
    archives,
    edge: edgeCache(context),
  };
}
