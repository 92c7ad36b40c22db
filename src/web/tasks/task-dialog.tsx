import './task-dialog.css';
import { type ComponentChildren, Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { mayMoveTask } from '../../domain/access.ts';
import { type Problem, problemFrom } from '../shared/api.ts';
import { CalmImage } from '../shared/calm-image.tsx';
import { copy } from '../shared/clipboard.ts';
import { Dialog } from '../shared/dialog.tsx';
import { bytes, clock, duration } from '../shared/format.ts';
import { Icon } from '../shared/icon.tsx';
import { onceOf } from '../shared/once-of.ts';
import { useSession } from '../shared/session-state.ts';
import { type FollowedTask, useTask } from './follow-task.ts';
import { moveTask } from './move-button.tsx';
import { EmojiLink, State, titleOf } from './parts.tsx';
import { MOVES, type Move, moveOf } from './states.ts';
import { TaskLog } from './task-log.tsx';
import { Ago, Until } from './time.tsx';
import { Timeline } from './timeline.tsx';

interface Props {
  id: string;
  generation: number | null;
  onClose(): void;
}

/** All that is known of a task, live; and what can be done to it. */
export function TaskDialog({ id, generation, onClose }: Props) {
  const { task, problem, lookAgain } = useTask(id, generation);
  const [refusal, setRefusal] = useState<Problem | null>(null);
  const run = async (move: Move) => {
    setRefusal(null);
    try {
      await moveTask(move, id);
    } catch (error) {
      setRefusal(problemFrom(error));
    }
    lookAgain();
  };
  const { who } = useSession();
  const move = task && mayMoveTask(who, task) && moveOf(task.state);
  const shown = refusal ?? problem;
  return (
    <Dialog
      title={task ? titleOf(task) : 'Task'}
      onClose={onClose}
      foot={
        move && (
          <button
            type="button"
            class={move === 'retry' ? 'button primary' : 'button danger'}
            onClick={onceOf(() => run(move))}
          >
            {MOVES[move].label}
          </button>
        )
      }
    >
      <div role="alert">{shown && <p class="note bad">{shown.detail}</p>}</div>
      {task ? <Details task={task} /> : !problem && <p class="soft">Looking it up…</p>}
    </Dialog>
  );
}

function Details({ task }: { task: FollowedTask }) {
  const { state, kind, emoji_name: name, actor, received_at, error, progress, image, history, log, duplicates } = task;
  return (
    <div class="task">
      <div class="what">
        {image && <Made key={image.url} url={image.url} title={titleOf(task)} />}
        <div>
          <div role="status">
            <State state={state} />
          </div>
          <p>
            {actor ? `${kind} by ${actor}` : kind}, <Ago time={received_at} />
          </p>
          {state === 'SUCCESS' && name !== null && (
            <p class="small">
              In the gallery: <EmojiLink name={name} />
            </p>
          )}
          {kind === 'import' && <ImportLink id={task.id} label="What comes of each emoji" />}
          {task.parent_id !== null && <ImportLink id={task.parent_id} label="The import that it came of" />}
          {progress && (
            <div class="rendered">
              <progress class="meter" max={progress.of} value={progress.done} aria-label="Done so far" />
              {progress.done} of {progress.of} {kind === 'import' ? 'emoji' : 'frames'}
            </div>
          )}
        </div>
      </div>
      {error && (
        <div class="note bad">
          <p>
            <b>{error.message}</b>
          </p>
          <p>{error.remedy}</p>
          <p class="small">
            <code>{error.code}</code>
          </p>
        </div>
      )}
      {duplicates && duplicates.length > 0 && (
        <p class="note">
          Looks exactly like{' '}
          {duplicates.map((name, i) => (
            <Fragment key={name}>
              {i > 0 && ', '}
              <EmojiLink name={name} />
            </Fragment>
          ))}
          .
        </p>
      )}
      <section>
        <h3>What happened</h3>
        <Timeline history={history} />
      </section>
      <section>
        <h3>Facts</h3>
        <Facts task={task} />
      </section>
      <details open={log.length > 0}>
        <summary>
          <h3>Log</h3>
        </summary>
        <TaskLog log={log} receivedAt={received_at} />
      </details>
      <section>
        <h3>Identifiers</h3>
        <dl class="ids">
          <Id label="Task" id={task.id} />
          {task.emoji_id !== null && <Id label="Emoji" id={task.emoji_id} />}
          {task.parent_id !== null && <Id label="Import" id={task.parent_id} />}
          {image && <Id label="Picture" id={image.hash} />}
        </dl>
      </section>
    </div>
  );
}

/** Leads to an import in the gallery. */
function ImportLink({ id, label }: { id: string; label: string }) {
  return (
    <p class="small">
      <a href={`/?view=import&import=${id}`}>{label}</a>
    </p>
  );
}

/** The picture that was made, as long as it is there: another may have taken its place. */
function Made({ url, title }: { url: string; title: string }) {
  const [isThere, setThere] = useState(true);
  return (
    isThere && <CalmImage class="checkered" src={url} alt={`The emoji ${title}`} onError={() => setThere(false)} />
  );
}

function Facts({ task }: { task: FollowedTask }) {
  const { attempts, queued_ms, duration_ms, received_at, finished_at, rendering, source, image, lease } = task;
  const { next_message_at, version } = task;
  const { fit, size, background, matte } = rendering;
  const facts: [label: string, value: ComponentChildren][] = [
    ['Received', clock(received_at)],
    ['Finished', finished_at && clock(finished_at)],
    ['Attempts', String(attempts)],
    ['Queued for', queued_ms !== null && duration(queued_ms)],
    ['Ran for', duration_ms !== null && duration(duration_ms)],
    ['Renderer has it until', lease && <Lease {...lease} />],
    ['Next message', next_message_at && <Until time={next_message_at} />],
    ['Upload', source && `${source.format.toUpperCase()}, ${source.width} × ${source.height}, ${bytes(source.bytes)}`],
    ['Animation', source && source.frames > 1 && `${source.frames} frames, ${duration(source.duration_ms)}`],
    ['Emoji', image && `${bytes(image.bytes)}, ${image.frames === 1 ? '1 frame' : `${image.frames} frames`}`],
    ['Picture number', String(version)],
    ['Fit', `${fit}, ${size} × ${size}`],
    ['Background', background],
    ['Matte', matte],
  ];
  return (
    <dl class="facts">
      {facts.map(
        ([label, value]) =>
          value && (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Lease({ attempt, expires_at }: { attempt: number; expires_at: string }) {
  return (
    <>
      {clock(expires_at)}
      <span class="soft"> (attempt {attempt})</span>
    </>
  );
}

function Id({ label, id }: { label: string; id: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <code>{id}</code>
      </dd>
      <dd>
        <button
          type="button"
          class="button compact plain square"
          aria-label={`Copy the identifier of the ${label.toLowerCase()}`}
          onClick={() => void copy(id)}
        >
          <Icon name="copy" />
        </button>
      </dd>
    </div>
  );
}
