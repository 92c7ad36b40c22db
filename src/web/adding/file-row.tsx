import './file-row.css';
import { Fragment } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { CalmImage } from '../shared/calm-image.tsx';
import { copy } from '../shared/clipboard.ts';
import { EmojiPlatforms } from '../shared/emoji-platforms.tsx';
import { pictureUrl } from '../shared/emojis.ts';
import { bytes } from '../shared/format.ts';
import { Icon } from '../shared/icon.tsx';
import { useStore } from '../shared/store.ts';
import { setParameters } from '../shared/url-state.ts';
import { Comparison } from './comparison.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { LookChoice } from './look-choice.tsx';
import { LookPreview, MatteFilter, styleOf } from './look-preview.tsx';
import { NameField } from './name-field.tsx';
import { type Failure, isUnderWay } from './order.ts';
import { usePixelArt } from './pixel-art.ts';
import { Reason } from './reason.tsx';
import { cancel, lookAgain, send } from './sending.ts';
import { change, type Item, isOpenTo, openSheet, remove, sheet } from './sheet-state.ts';
import { StepProgress } from './step-progress.tsx';

/** Pixels a side of the picture beside a name. */
const THUMB = 64;

interface Props {
  id: number;
  /** Whether its preview is open from the start. */
  startsOpen: boolean;
  /** Asked for by Enter in its name, where there is no other name to go on to. */
  onEnter(): void;
}

/** One file of the sheet, from the choice of its name to the emoji that it has become. */
export function FileRow({ id, startsOpen, onEnter }: Props) {
  const item = useStore(sheet, ({ items }) => items.get(id) ?? null);
  const common = useStore(sheet, ({ look }) => look);
  const [isOpen, setOpen] = useState(startsOpen);
  const [canShow, setCanShow] = useState(true);
  const detailsId = useId();
  const matteId = useId();
  const row = useKeptFocus<HTMLLIElement>('.end');
  const { isPixelArt, onLoad } = usePixelArt(item?.look ?? common);
  if (item === null) return null;
  const { file, url, stage, replaces } = item;
  const look = item.look ?? common;
  const isOpenForChange = isOpenTo(item);
  const showDetails = isOpen && isOpenForChange && url !== null;
  const made = stage.at === 'made' ? stage.made : null;
  const cannotShow = () => setCanShow(false);
  return (
    <li ref={row} class="file-row">
      <div class="thumb checkered">
        {made ? (
          made.emoji && <CalmImage src={pictureUrl(made.emoji.hash)} alt="" />
        ) : url && canShow ? (
          <CalmImage
            src={url}
            alt=""
            style={styleOf(look, matteId, isPixelArt(THUMB))}
            onLoad={onLoad}
            onError={cannotShow}
          />
        ) : (
          <Icon name="warning" />
        )}
        {look.matte && <MatteFilter id={matteId} colour={look.matte} />}
      </div>
      <div class="about">
        {made ? (
          <Finished item={item} />
        ) : isOpenForChange && !replaces ? (
          <NameField item={item} onEnter={onEnter} />
        ) : (
          <p class="name">{stage.at === 'refused' ? file.name : `:${replaces?.name ?? item.written}:`}</p>
        )}
        {replaces && isOpenForChange && (
          <p class="hint">
            Replaces the picture of :{replaces.name}:, which stays until the new one is ready.{' '}
            <button type="button" class="button compact" onClick={() => change(id, { replaces: null })}>
              Add it under another name
            </button>
          </p>
        )}
        {isUnderWay(stage) && <StepProgress step={stage} label={`:${replaces?.name ?? item.written}:`} />}
        {stage.at === 'refused' && <Reason failure={stage.failure} />}
        {stage.at === 'failed' && <Failed item={item} failure={stage.failure} />}
        {!canShow && stage.at === 'draft' && (
          <p class="hint">Your browser cannot show this file. It is sent all the same, and the service decides.</p>
        )}
        {!made && stage.at !== 'refused' && (
          <div class="from">
            <p class="hint">
              {file.name} · {bytes(file.size)}
            </p>
            {isOpenForChange && (
              <button
                type="button"
                class="button plain compact"
                aria-expanded={isOpen}
                aria-controls={detailsId}
                onClick={() => setOpen(!isOpen)}
              >
                {canShow ? 'Preview' : 'Options'}
              </button>
            )}
          </div>
        )}
      </div>
      <End item={item} />
      {made?.emoji && made.platforms && (
        <EmojiPlatforms name={made.name} hash={made.emoji.hash} summary={worksIn(Object.values(made.platforms))} />
      )}
      {showDetails && (
        <div id={detailsId} class="details">
          {canShow && replaces ? (
            <Comparison hash={replaces.hash} src={url} look={look} />
          ) : (
            canShow && <LookPreview src={url} look={look} onError={cannotShow} />
          )}
          <LookChoice look={look} onChange={(look) => change(id, { look })} />
          {item.look && sheet.value.items.size > 1 && (
            <button type="button" class="button compact" onClick={() => change(id, { look: null })}>
              <Icon name="undo" />
              As all others
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Finished({ item }: { item: Item }) {
  if (item.stage.at !== 'made') return null;
  const { name, duplicates } = item.stage.made;
  return (
    <>
      <p class="name">
        <EmojiLink name={name} />
      </p>
      <p class="hint good">
        <Icon name="check" /> {item.replaces ? 'Has its new picture.' : 'Added.'}
      </p>
      {duplicates.length > 0 && (
        <p class="hint">
          Looks exactly like{' '}
          {duplicates.map((other, i) => (
            <Fragment key={other}>
              {i > 0 && ', '}
              <EmojiLink name={other} />
            </Fragment>
          ))}
          .
        </p>
      )}
    </>
  );
}

function worksIn(outcomes: string[]): string {
  return `Works in ${outcomes.filter((outcome) => outcome === 'works').length} of ${outcomes.length}`;
}

/** Leads to an emoji without leaving the page, on which others may be under way. */
function EmojiLink({ name }: { name: string }) {
  return (
    <a
      href={`/?emoji=${encodeURIComponent(name)}`}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        openSheet(false);
        setParameters({ emoji: name }, 'push');
      }}
    >
      :{name}:
    </a>
  );
}

function Failed({ item, failure }: { item: Item; failure: Failure }) {
  const [verb, act] =
    failure.code === 'emoji_changed'
      ? ['Look again', () => void lookAgain(item)]
      : ['Try again', () => send([item.id])];
  return (
    <>
      <Reason failure={failure} />
      <button type="button" class="button compact again" onClick={act}>
        <Icon name="retry" />
        {verb}
      </button>
    </>
  );
}

/** What ends it: copying its name, cancelling it, taking it out of the list. */
function End({ item }: { item: Item }) {
  const { id, file, stage } = item;
  const button = useRef<HTMLButtonElement>(null);
  if (stage.at === 'made') {
    return (
      <button type="button" class="button compact end" onClick={() => void copy(`:${stage.made.name}:`)}>
        <Icon name="copy" />
        Copy
        <span class="visually-hidden"> :{stage.made.name}:</span>
      </button>
    );
  }
  const takeOut = () => {
    // The focus goes on to the file that is there then.
    const here = button.current?.closest('li');
    const next = here?.nextElementSibling ?? here?.previousElementSibling;
    remove([id]);
    next?.querySelector<HTMLElement>('.end')?.focus();
  };
  const [label, act] = isUnderWay(stage)
    ? [`Cancel ${file.name}`, () => void cancel(id)]
    : [`Remove ${file.name}`, takeOut];
  return (
    <button ref={button} type="button" class="button plain square end" aria-label={label} title={label} onClick={act}>
      <Icon name="close" />
    </button>
  );
}
