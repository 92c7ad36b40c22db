import type { NoticeEvent, NoticeFacts } from '../../domain/notices.ts';

/** A notice as a person reads it: each platform writes it in its own way. What is in it is text, not markup. */
export interface Words {
  headline: string;
  /** What to copy to have the emoji; null where there is none to be had. */
  copy: string | null;
  /** Who did it; null where that is not known. */
  who: string | null;
  /** Of what failed: why, and what to do about it. */
  failure: { reason: string; remedy: string } | null;
  /** To the page that has more, and what it is called. */
  link: { url: string; label: string };
}

const DONE: Record<NoticeEvent, string> = {
  'emoji.created': 'Added',
  'emoji.replaced': 'Changed',
  'emoji.renamed': 'Renamed',
  'emoji.deleted': 'Deleted',
  'emoji.restored': 'Brought back',
  'task.succeeded': 'Ordered',
  'task.failed': 'Ordered',
  'notice.test': 'Asked for',
};

/** @param service the origin that its link starts with */
export function wordsOf(facts: NoticeFacts, service: string): Words {
  const { event, actor, emoji, task } = facts;
  const isThere = emoji !== null && event !== 'emoji.deleted';
  return {
    headline: headlineOf(facts),
    copy: isThere ? `:${emoji.name}:` : null,
    who: actor === null ? null : `${DONE[event]} by ${actor}`,
    failure: task?.failure ? { reason: task.failure.message, remedy: task.failure.remedy } : null,
    link:
      task && (task.failure || task.kind === 'import')
        ? { url: `${service}/tasks?task=${task.id}`, label: 'The task' }
        : isThere
          ? { url: `${service}/?emoji=${encodeURIComponent(emoji.name)}`, label: 'The emoji' }
          : { url: `${service}/`, label: 'All emoji' },
  };
}

function headlineOf({ event, emoji, previousName, task }: NoticeFacts): string {
  const name = `:${emoji?.name ?? task?.emojiName}:`;
  switch (event) {
    case 'emoji.created':
      return `New emoji ${name}`;
    case 'emoji.replaced':
      return `${name} has another picture`;
    case 'emoji.renamed':
      return `:${previousName}: is called ${name} now`;
    case 'emoji.deleted':
      return `${name} was deleted`;
    case 'emoji.restored':
      return `${name} is back`;
    case 'task.succeeded':
      if (task?.kind === 'import') return 'An import is done';
      return task?.kind === 'publish' ? `${name} was published` : `${name} is ready`;
    case 'task.failed':
      if (task?.kind === 'import') return 'An import has failed';
      return `${name} could not be ${task?.kind === 'publish' ? 'published' : 'made'}`;
    case 'notice.test':
      return 'This is a test: notices of custom emoji get here';
  }
}
