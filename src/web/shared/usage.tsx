import type { Quotas } from '../../domain/quota.ts';
import { bytes } from './format.ts';

/** How much one has of what one may have. */
export function Usage({ used, limit }: { used: Quotas; limit: Quotas }) {
  const facts = [
    ['Emoji', 'emojis', (count: number) => count.toLocaleString('en')],
    ['Uploads', 'bytes', bytes],
    ['Tasks under way', 'tasks', (count: number) => count.toLocaleString('en')],
  ] as const;
  return (
    <dl class="usage small">
      {facts.map(([label, name, format]) => (
        <div key={name}>
          <dt class="soft">{label}</dt>
          <dd>
            {format(used[name])} of {format(limit[name])}
          </dd>
        </div>
      ))}
    </dl>
  );
}
