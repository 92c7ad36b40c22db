import './emoji-dialog.css';
import { useCallback, useEffect, useId, useState } from 'preact/hooks';
import { mayChangeEmoji } from '../../domain/access.ts';
import { PictureActions } from '../adding/index.ts';
import { PublishTo } from '../publishing/publish-to.tsx';
import { emojiApi, problemFrom } from '../shared/api.ts';
import { copy } from '../shared/clipboard.ts';
import { Dialog, takeFocus } from '../shared/dialog.tsx';
import { EmojiPlatforms } from '../shared/emoji-platforms.tsx';
import { byName, fetchInfo, type SeenEmoji } from '../shared/emojis.ts';
import { Icon } from '../shared/icon.tsx';
import { Lost } from '../shared/lost.tsx';
import { notify } from '../shared/notices.tsx';
import { useSession } from '../shared/session-state.ts';
import { linkTo, saveAnswer } from '../shared/share.ts';
import { useAsking } from '../shared/use-asking.ts';
import { ChatPreview } from './chat-preview.tsx';
import { EditForm, type Editing } from './edit-form.tsx';
import { EmojiFacts } from './emoji-facts.tsx';
import { EmojiHistory } from './emoji-history.tsx';
import { deleteWithUndo } from './emoji-life.ts';
import { pictureOfInfo } from './picture.tsx';
import type { Freshness } from './use-freshness.ts';
import { useSeenEmoji } from './use-seen-emoji.ts';
import type { Settings } from './use-settings.ts';
import { useUnsaved } from './use-unsaved.ts';

interface Props {
  /** Any name that it has or had. */
  name: string;
  motion: Settings['motion'];
  freshness: Freshness;
  /** It is called otherwise now. */
  onRenamed(name: string): void;
  onClose(): void;
}

/** One emoji: all that is known of it, and all that can be done with it. */
export function EmojiDialog({ name, motion, freshness, onRenamed, onClose }: Props) {
  const { seen, problem, see } = useSeenEmoji(name, freshness);
  const [{ isDirty, canSave }, setEditing] = useState<Editing>({ isDirty: false, canSave: false });
  const { who } = useSession();
  const mayChange = useMayChange(seen);
  const formId = useId();
  /** What would lose changes, and waits for the person to say so. */
  const [asked, setAsked] = useState<'close' | 'delete' | null>(null);
  const { ask: once } = useAsking();
  const present = seen?.info.name ?? name;

  useEffect(() => {
    if (present !== name) onRenamed(present);
  }, [present, name, onRenamed]);

  const onChanged = useCallback(() => void freshness.check(), [freshness.check]);

  const onSaved = useCallback(
    (now: SeenEmoji) => {
      see(now);
      onChanged();
    },
    [see, onChanged],
  );

  const ask = useCallback(() => setAsked('close'), []);
  useUnsaved(isDirty && asked === null, ask);

  const close = () => {
    if (isDirty) setAsked('close');
    else onClose();
  };

  const removeSeen = async (now: SeenEmoji) => {
    try {
      await deleteWithUndo(now, onChanged);
      onClose();
    } catch (error) {
      setAsked(null);
      const { code, detail } = problemFrom(error);
      if (code !== 'emoji_changed') return notify(detail);
      notify(
        `:${now.info.name}: was changed by somebody else just now. Look at it, and delete it again if you want to.`,
      );
      const changed = await fetchInfo(now.info.name).catch(() => null);
      if (changed) see(changed);
    }
  };
  const remove = (now: SeenEmoji) => once(() => removeSeen(now));

  const foot = asked ? (
    <>
      <p class="asks" role="alert">
        You have changes that are not saved.
      </p>
      {asked === 'delete' && seen ? (
        <button type="button" class="button danger" onClick={() => void remove(seen)}>
          Delete without saving
        </button>
      ) : (
        <button type="button" class="button danger" onClick={onClose}>
          Close without saving
        </button>
      )}
      <button type="button" class="button" ref={takeFocus} onClick={() => setAsked(null)}>
        Keep editing
      </button>
    </>
  ) : (
    seen &&
    mayChange && (
      <>
        <button
          type="button"
          class="button danger"
          onClick={() => {
            if (isDirty) setAsked('delete');
            else void remove(seen);
          }}
        >
          <Icon name="bin" />
          Delete
        </button>
        {isDirty && (
          <>
            <button type="reset" form={formId} class="button">
              Discard
            </button>
            <button type="submit" form={formId} class="button primary" disabled={!canSave}>
              Save
            </button>
          </>
        )}
      </>
    )
  );

  return (
    <Dialog title={`:${present}:`} onClose={close} foot={foot}>
      <Lost />
      {seen === null && problem === null && <p class="loading soft">Loading …</p>}
      {problem && (
        <p class="note bad" role="alert">
          {seen && problem.code === 'emoji_not_found' && who.scopes.has('emoji:write') ? (
            <>
              :{present}: was deleted meanwhile. It can be restored from the <a href="/?view=bin">bin</a>.
            </>
          ) : (
            problem.detail
          )}
        </p>
      )}
      {seen && <OneEmoji key={seen.info.id} {...{ seen, motion, formId, onSaved, onChanged }} onEditing={setEditing} />}
    </Dialog>
  );
}

interface OneProps {
  seen: SeenEmoji;
  motion: Settings['motion'];
  formId: string;
  onSaved(now: SeenEmoji): void;
  /** It has another picture. */
  onChanged(): void;
  onEditing(editing: Editing): void;
}

/** His own, or all of them. */
function useMayChange(seen: SeenEmoji | null): boolean {
  const { who } = useSession();
  return seen !== null && who.scopes.has('emoji:write') && mayChangeEmoji(who, seen.info);
}

function OneEmoji({ seen, motion, formId, onSaved, onChanged, onEditing }: OneProps) {
  const { who } = useSession();
  const mayChange = useMayChange(seen);
  const mayReadAll = who.scopes.has('emoji:read');
  const { info } = seen;
  const [isMoving, setMoving] = useState(motion !== 'never');
  const picture = pictureOfInfo(info);
  return (
    <div class="one-emoji">
      <div class="preview">
        <ChatPreview picture={picture} isMoving={isMoving} />
        {picture.still && (
          <button
            type="button"
            class="button compact plain"
            style={{ colorScheme: 'dark' }}
            onClick={() => setMoving(!isMoving)}
          >
            {isMoving ? 'Stop' : 'Play'}
          </button>
        )}
      </div>
      <div class="actions">
        <button type="button" class="button primary" onClick={() => void copy(`:${info.name}:`)}>
          <Icon name="copy" />
          <span>Copy :{info.name}:</span>
        </button>
        <button type="button" class="button" onClick={() => void copy(linkTo(info.url))}>
          <Icon name="link" />
          Copy link
        </button>
        <a class="button" href={info.url} download={`${info.name}.gif`}>
          <Icon name="download" />
          Download
        </a>
        {mayReadAll && (
          <button type="button" class="button" onClick={() => void saveOriginal(seen)}>
            <Icon name="download" />
            Original
          </button>
        )}
        {who.scopes.has('task:read') && (
          <a class="button" href={`/tasks?name=${encodeURIComponent(info.name)}`}>
            <Icon name="history" />
            Its tasks
          </a>
        )}
        {mayChange && <PictureActions emoji={{ ...info, etag: seen.etag }} onChanged={onChanged} />}
      </div>
      <EmojiFacts info={info} isWhole={!mayChange} />
      {mayChange && <EditForm id={formId} seen={seen} onSaved={onSaved} onEditing={onEditing} />}
      <EmojiPlatforms name={info.name} hash={info.hash} summary="Where else will it work?" />
      {who.scopes.has('emoji:write') && <PublishTo info={info} />}
      {mayReadAll && <EmojiHistory name={info.name} latest={info.history} />}
    </div>
  );
}

/** The upload as it came. It may not be kept any more: that is told, where a link would lead to it. */
async function saveOriginal({ info: { name, source } }: SeenEmoji): Promise<void> {
  try {
    const asked = emojiApi.emojis[':name'].original.$get({ param: byName(name), header: {} });
    await saveAnswer(asked, `${name}.${source?.format ?? 'bin'}`);
  } catch (error) {
    notify(problemFrom(error).detail);
  }
}
