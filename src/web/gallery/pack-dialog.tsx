import './pack-dialog.css';
import { useId, useState } from 'preact/hooks';
import { PACK_FORMAT_IDS, PACK_FORMATS, type PackFormatId } from '../../domain/packs/formats.ts';
import { answered, emojiApi, HEADERS, problemFrom } from '../shared/api.ts';
import { Dialog } from '../shared/dialog.tsx';
import { Icon } from '../shared/icon.tsx';
import { Lost } from '../shared/lost.tsx';
import { fetchInSession } from '../shared/session-state.ts';
import { download } from '../shared/share.ts';
import { WithCode } from '../shared/with-code.tsx';
import type { ListQuery } from './emoji-api.ts';

/** What it is, and what to do with it; what is to be typed is between backticks. */
const WORDS: Record<PackFormatId, string> = {
  'custom-emoji': 'A zip with all that is known of each emoji: to keep, or for another service like this one.',
  slack: 'A zip of pictures. Unpack it, and drop them on the page where emoji are added.',
  discord: 'A zip of pictures. Unpack it, and drop them on the page where emoji are added.',
  mastodon: 'A tar.gz of pictures, for `tootctl emoji import`.',
  misskey: 'A zip. Put it on your drive, then choose it in the control panel: custom emoji, import.',
  matrix: 'A zip with an image pack (MSC2545). Upload each picture, and put its `mxc:` URI into `pack.json`.',
  pleroma: 'A zip. Unpack it in `instance/static/emoji/`, and reload emoji.',
  mattermost: 'A zip, for `mmctl import upload` and `mmctl import process`.',
  emojipacks: 'A YAML file for `emojipacks -y`. It leads to the pictures here: who uses it must be able to read them.',
};

interface Props {
  /** What is listed: a pack has what its filters let through. */
  query: ListQuery;
  onClose(): void;
}

/** Saves what is listed as one file, for another platform. */
export function PackDialog({ query: { q, tag, animated }, onClose }: Props) {
  const [format, setFormat] = useState<PackFormatId>('custom-emoji');
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const formId = useId();

  const save = async () => {
    setAsking(true);
    setProblem(null);
    try {
      const filter = { ...(tag !== undefined && { tag }), ...(animated !== undefined && { animated }) };
      const url = emojiApi.packs[':format'].$url({ param: { format }, query: filter });
      // A browser that saves a file cannot show why it does not get it.
      await answered(fetchInSession(url, { method: 'HEAD', headers: HEADERS }));
      download(url.href, '');
      onClose();
    } catch (error) {
      setProblem(problemFrom(error).detail);
      setAsking(false);
    }
  };

  const foot = (
    <button type="submit" form={formId} class="button primary" disabled={isAsking}>
      <Icon name="download" />
      Download
    </button>
  );
  return (
    <Dialog title="Download a pack" onClose={onClose} foot={foot}>
      <form
        id={formId}
        class="pack-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Lost />
        <p>
          {whichOf(tag, animated)}
          {q !== undefined && <span class="soft"> What you search for makes no difference.</span>}
        </p>
        <fieldset>
          <legend class="visually-hidden">For</legend>
          {PACK_FORMAT_IDS.map((id) => (
            <label key={id}>
              <input type="radio" name="format" checked={id === format} onChange={() => setFormat(id)} />
              <span class="title">{PACK_FORMATS[id].title}</span>
              <span class="hint">
                <WithCode text={WORDS[id]} />
              </span>
            </label>
          ))}
        </fieldset>
        {problem !== null && (
          <p class="note bad" role="alert">
            {problem}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function whichOf(tag: string | undefined, animated: ListQuery['animated']): string {
  const kind = animated === undefined ? '' : animated === 'true' ? 'animated ' : 'still ';
  return `All ${kind}emoji${tag === undefined ? '' : ` with the tag “${tag}”`}, in one file.`;
}
