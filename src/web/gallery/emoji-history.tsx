import { useState } from 'preact/hooks';
import { bodyOf, emojiApi, problemFrom } from '../shared/api.ts';
import { byName } from '../shared/emojis.ts';
import { ago, clock } from '../shared/format.ts';
import type { EmojiEvent } from './emoji-api.ts';
import { eventWords } from './event-words.ts';

interface Older {
  events: EmojiEvent[];
  next: string | null;
}

/** What was done to an emoji, the last first. @param latest what was done last, or all of it */
export function EmojiHistory({ name, latest }: { name: string; latest: EmojiEvent[] }) {
  const [older, setOlder] = useState<Older | null>(null);
  const [isAsking, setAsking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const known = new Set(latest.map(({ id }) => id));
  const events = [...latest, ...(older?.events.filter(({ id }) => !known.has(id)) ?? [])];
  const isWhole = older === null ? latest.at(-1)?.action === 'created' : older.next === null;

  const more = async () => {
    setAsking(true);
    setProblem(null);
    try {
      const query = { limit: '100', ...(older?.next && { cursor: older.next }) };
      const page = await bodyOf(emojiApi.emojis[':name'].history.$get({ param: byName(name), query }));
      setOlder({ events: [...(older?.events ?? []), ...page.data], next: page.next_cursor });
    } catch (error) {
      setProblem(problemFrom(error).detail);
    }
    setAsking(false);
  };

  return (
    <section class="history" aria-label="History">
      <h3>History</h3>
      <ol>
        {events.map((event) => (
          <li key={event.id}>
            {capital(eventWords(event))}
            <span class="soft">
              {event.actor !== null && ` by ${event.actor}`},{' '}
              <time dateTime={event.at} title={clock(event.at)}>
                {ago(event.at)}
              </time>
            </span>
          </li>
        ))}
      </ol>
      {problem && <p class="hint bad">{problem}</p>}
      {!isWhole && (
        <button type="button" class="button compact" disabled={isAsking} onClick={() => void more()}>
          Show what was before
        </button>
      )}
    </section>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
