import './parts.css';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { TaskState } from '../../domain/task.ts';
import { addressWith, setParameters } from '../shared/url-state.ts';
import { STATES } from './states.ts';
import type { Task } from './types.ts';

export function State({ state }: { state: TaskState }) {
  const { label, tone } = STATES[state];
  return (
    <span class={`state tone-${tone}`} title={state}>
      {label}
    </span>
  );
}

/** What a task is about, in words: an import has no emoji of its own. */
export function titleOf({ emoji_name: name }: Pick<Task, 'emoji_name'>): string {
  return name === null ? 'A pack' : `:${name}:`;
}

/** What a task has made, as a still; a place for it where there is nothing, or no longer. */
export function Picture({ task: { state, emoji_name: name } }: { task: Pick<Task, 'state' | 'emoji_name'> }) {
  const src = state === 'SUCCESS' && name !== null ? `/custom-emoji/emojis/${encodeURIComponent(name)}.png` : null;
  const [missing, setMissing] = useState<string | null>(null);
  if (src === null || src === missing) return <span class="picture none" />;
  return <img class="picture checkered" src={src} alt="" loading="lazy" onError={() => setMissing(src)} />;
}

interface TaskLinkProps {
  id: string;
  class?: string;
  label?: string;
  children: ComponentChildren;
}

/** Opens a task beside the page; in a tab of its own where the person wants that. */
export function TaskLink({ id, label, children, ...rest }: TaskLinkProps) {
  return (
    <a
      {...rest}
      href={addressWith({ task: id })}
      aria-label={label}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        setParameters({ task: id }, 'push');
      }}
    >
      {children}
    </a>
  );
}

/** The page of an emoji in the gallery. */
export function EmojiLink({ name }: { name: string }) {
  return (
    <a class="emoji-name" href={`/?emoji=${encodeURIComponent(name)}`}>
      :{name}:
    </a>
  );
}
