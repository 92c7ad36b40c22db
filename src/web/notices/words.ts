import type { Delivery, Subscription } from './types.ts';

export const KIND_WORDS: Record<Subscription['kind'], string> = {
  webhook: 'Webhook',
  slack: 'Slack',
  discord: 'Discord',
  mattermost: 'Mattermost',
  email: 'E-mail',
};

export const EVENT_WORDS: Record<Delivery['event'], string> = {
  'emoji.created': 'new emoji',
  'emoji.replaced': 'other pictures',
  'emoji.renamed': 'other names',
  'emoji.deleted': 'deletions',
  'emoji.restored': 'what comes back',
  'task.succeeded': 'tasks that succeed',
  'task.failed': 'tasks that fail',
  'notice.test': 'a test',
};
