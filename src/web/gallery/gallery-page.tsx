import './gallery-page.css';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Adding } from '../adding/index.ts';
import { chosen } from '../importing/pack-files.ts';
import { emojiApi } from '../shared/api.ts';
import { Icon } from '../shared/icon.tsx';
import { Layout } from '../shared/layout.tsx';
import { lazily } from '../shared/lazily.tsx';
import { Lost } from '../shared/lost.tsx';
import { Needs } from '../shared/needs.tsx';
import { useSession } from '../shared/session-state.ts';
import { useUrlState } from '../shared/url-state.ts';
import { Browse, queryOf } from './browse.tsx';
import { useFreshness } from './use-freshness.ts';
import { useSettings } from './use-settings.ts';

const Bin = lazily(async () => (await import('./bin.tsx')).Bin);
const ImportPage = lazily(async () => (await import('../importing/import-page.tsx')).ImportPage);
const PackDialog = lazily(async () => (await import('./pack-dialog.tsx')).PackDialog);
const EmojiDialog = lazily(async () => (await import('./emoji-dialog.tsx')).EmojiDialog);

/** The page at `/`. */
export function GalleryPage() {
  const [parameters, setParameters] = useUrlState();
  const [settings, changeSettings] = useSettings();
  const { who, isPrivate } = useSession();
  const mayRead = !isPrivate || who.scopes.has('emoji:read');
  const mayAdd = who.scopes.has('emoji:write');
  const freshness = useFreshness(mayRead);
  const mayReadAll = who.scopes.has('emoji:read');
  const [isPacking, setPacking] = useState(false);
  const [wasOpened, setOpened] = useState(false);
  const view = viewOf(parameters);
  const name = parameters.get('emoji');

  const open = useCallback(
    (emoji: string) => {
      setOpened(true);
      setParameters({ emoji }, 'push');
    },
    [setParameters],
  );
  const close = useCallback(() => {
    // Where it was opened is what comes before in the history.
    if (wasOpened) history.back();
    else setParameters({ emoji: null });
    setOpened(false);
  }, [wasOpened, setParameters]);

  const onMade = useCallback(() => void freshness.check(), [freshness.check]);

  // What was opened may have been deleted: then the one in its place has the focus.
  useEffect(() => {
    if (name || document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>('.tile [tabindex="0"]')?.focus({ preventScroll: true });
  }, [name]);

  const importPack = useCallback(
    (files: File[]) => {
      chosen.value = files;
      setParameters({ view: 'import', import: null, emoji: null }, 'push');
    },
    [setParameters],
  );

  useEffect(() => {
    document.title = view === 'emoji' ? 'Custom emoji' : `${HEADINGS[view]} · Custom emoji`;
  }, [view]);

  return (
    <Layout current="/" actions={mayAdd && <Adding onMade={onMade} onPack={importPack} />}>
      <div class="page-head">
        <h1>{HEADINGS[view]}</h1>
        {view !== 'emoji' ? (
          <a class="button plain" href="/">
            Back to the emoji
          </a>
        ) : (
          <div class="ways">
            {mayAdd && (
              <a class="button plain" href="/?view=import">
                <Icon name="upload" />
                Import a pack
              </a>
            )}
            {mayReadAll && (
              <button type="button" class="button plain" onClick={() => setPacking(true)}>
                <Icon name="download" />
                Download a pack
              </button>
            )}
            {mayAdd && (
              <a class="button plain" href="/?view=bin">
                <Icon name="bin" />
                Bin
              </a>
            )}
          </div>
        )}
      </div>
      <div class="lost">
        <Lost />
      </div>
      {!mayRead && <Needs scope="emoji:read" to="see the emoji" ask={askForList} />}
      {mayRead && view === 'emoji' && (
        <Browse {...{ parameters, setParameters, settings, changeSettings, freshness }} onOpen={open} />
      )}
      {view === 'import' && (
        <Needs scope="emoji:write" to="import emoji" ask={() => emojiApi.bin.$get({ query: {} })}>
          <ImportPage id={parameters.get('import')} setParameters={setParameters} onMade={onMade} />
        </Needs>
      )}
      {mayRead && view === 'bin' && (
        <Needs scope="emoji:write" to="restore what was deleted" ask={() => emojiApi.bin.$get({ query: {} })}>
          <Bin freshness={freshness} onOpen={open} />
        </Needs>
      )}
      {isPacking && <PackDialog query={queryOf(parameters)} onClose={() => setPacking(false)} />}
      {mayRead && name && (
        <EmojiDialog
          name={name}
          motion={settings.motion}
          freshness={freshness}
          onRenamed={(emoji) => setParameters({ emoji })}
          onClose={close}
        />
      )}
    </Layout>
  );
}

const HEADINGS = { emoji: 'Emoji', bin: 'Bin', import: 'Import a pack' };

function viewOf(parameters: URLSearchParams): keyof typeof HEADINGS {
  const view = parameters.get('view');
  return view === 'bin' || view === 'import' ? view : 'emoji';
}

const askForList = () => emojiApi.emojis.$get({ query: { limit: '1' }, header: {} });
