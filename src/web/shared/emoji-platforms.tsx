import './emoji-platforms.css';
import type { InferResponseType } from 'hono/client';
import { useEffect, useState } from 'preact/hooks';
import { bodyOf, emojiApi, problemFrom } from './api.ts';
import { byName } from './emojis.ts';
import { Icon } from './icon.tsx';
import { notify } from './notices.tsx';
import { saveAnswer } from './share.ts';

const asked = emojiApi.emojis[':name'].platforms;

type Verdict = InferResponseType<typeof asked.$get, 200>['platforms'][number];

const WORDS = { works: 'Works', fixable: 'With a fix', impossible: 'Does not work' } as const;

/** Seconds that one request waits for a picture that is being made, and how often it is asked for. */
const WAIT = 20;
const MOST_TRIES = 6;

interface Props {
  name: string;
  /** Of its picture: for another one, they are asked anew. */
  hash: string;
  /** What it says as long as it is closed. */
  summary: string;
}

/** Where else an emoji works, why not, and a file of it that does. Asked for when it is opened. */
export function EmojiPlatforms({ name, hash, summary }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="platforms" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {isOpen && <Verdicts key={hash} name={name} />}
    </details>
  );
}

function Verdicts({ name }: { name: string }) {
  const [verdicts, setVerdicts] = useState<Verdict[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    bodyOf(asked.$get({ param: byName(name) })).then(
      ({ platforms }) => setVerdicts(platforms),
      (error) => setProblem(problemFrom(error).detail),
    );
  }, [name]);

  if (problem !== null) return <p class="hint bad">{problem}</p>;
  if (verdicts === null) return <p class="soft">Looking …</p>;
  return (
    <ul>
      {verdicts.map((verdict) => (
        <OnePlatform key={verdict.platform} name={name} verdict={verdict} />
      ))}
    </ul>
  );
}

function OnePlatform({ name, verdict }: { name: string; verdict: Verdict }) {
  const { platform, title, outcome, broken, fix } = verdict;
  const [isSaving, setSaving] = useState(false);

  const save = async () => {
    setSaving(true);
    await saveFor(name, platform).catch((error) => notify(problemFrom(error).detail));
    setSaving(false);
  };

  return (
    <li>
      <div>
        <strong>{title}</strong> <span class={`outcome ${outcome}`}>{WORDS[outcome]}</span>
        {broken.map(({ rule, message }) => (
          <p key={rule} class="soft">
            {message}
          </p>
        ))}
        {fix?.name && <p class="soft">There it is called {fix.name}.</p>}
      </div>
      {outcome !== 'impossible' && (
        <button
          type="button"
          class="button compact"
          disabled={isSaving}
          aria-label={`Save for ${title}`}
          onClick={() => void save()}
        >
          <Icon name="download" />
          {isSaving ? 'Making it fit …' : 'Save'}
        </button>
      )}
    </li>
  );
}

/** Saves the picture of an emoji that a platform takes, once there is one. @throws ProblemError */
async function saveFor(name: string, platform: Verdict['platform']): Promise<void> {
  const param = { ...byName(name), platform };
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const request = emojiApi.emojis[':name'].for[':platform'].$get({
      param,
      query: { wait: String(WAIT) },
      header: {},
    });
    if (await saveAnswer(request, `${name}.gif`)) return;
  }
  notify('It takes longer than usual to make it fit. Try again in a few minutes.');
}
