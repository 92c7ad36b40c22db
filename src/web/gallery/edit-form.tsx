import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import { MAX_CATEGORY_LENGTH, MAX_DESCRIPTION_LENGTH } from '../../domain/emoji.ts';
import { parseEmojiName, parseTag } from '../../domain/emoji-name.ts';
import { problemFrom } from '../shared/api.ts';
import { fetchInfo, type SeenEmoji } from '../shared/emojis.ts';
import { notify } from '../shared/notices.tsx';
import { TextField } from '../shared/text-field.tsx';
import { changeEmoji, type EmojiPatch } from './emoji-api.ts';
import { differenceWords, type Fields, isSame } from './event-words.ts';
import { checkName } from './name-check.ts';
import { useHolders } from './use-holders.ts';
import { WordsField } from './words-field.tsx';

const FIELDS = ['name', 'aliases', 'tags', 'category', 'description'] as const;

/** How far the edit is. */
export interface Editing {
  /** Whether there are changes that are not saved. */
  isDirty: boolean;
  canSave: boolean;
}

interface Props {
  /** Of the form, for buttons elsewhere that submit or reset it. */
  id: string;
  seen: SeenEmoji;
  onSaved(now: SeenEmoji): void;
  onEditing(editing: Editing): void;
}

/** What can be changed of an emoji. Where somebody else was faster, what he changed is told, and the edit goes on. */
export function EditForm({ id, seen, onSaved, onEditing }: Props) {
  // The emoji as it was when the person began to change it.
  const [base, setBase] = useState(seen);
  const [draft, setDraft] = useState(() => fieldsOf(seen));
  const [conflict, setConflict] = useState<string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isSaving, setSaving] = useState(false);

  const before = fieldsOf(base);
  const patch = patchOf(before, draft);
  const isDirty = Object.keys(patch).length > 0;
  const own = [base.info.name, ...base.info.aliases, ...base.info.former_names];
  const parsedName = parseEmojiName(draft.name);
  const wanted = [...(parsedName.ok ? [parsedName.name] : []), ...draft.aliases].filter((name) => !own.includes(name));
  const holders = useHolders(wanted);
  const checked = checkName(draft.name, own, holders);
  const takenAlias = draft.aliases.find((alias) => !own.includes(alias) && holders.get(alias)?.has === 'name');
  const aliasProblem = takenAlias === undefined ? null : `“${takenAlias}” is in use by another emoji. Take it out.`;
  const isWrong = checked.tone === 'bad' || aliasProblem !== null;

  // As long as the person has changed nothing, what others change is simply shown.
  useEffect(() => {
    if (isDirty || seen === base) return;
    setBase(seen);
    setDraft(fieldsOf(seen));
  }, [seen, base, isDirty]);

  const canSave = isDirty && !isWrong && !isSaving;
  // Before the person can do anything else: what was discarded is not to be asked about.
  useLayoutEffect(() => onEditing({ isDirty, canSave }), [isDirty, canSave, onEditing]);

  const set = (change: Partial<Fields>) => setDraft((now) => ({ ...now, ...change }));

  const goOnWith = (now: SeenEmoji) => {
    setConflict(differenceWords(before, fieldsOf(now)));
    setBase(now);
    setDraft({ ...fieldsOf(now), ...changesOf(before, draft) });
    onSaved(now);
  };

  const save = async () => {
    setSaving(true);
    setProblem(null);
    setConflict(null);
    try {
      const { details, etag } = await changeEmoji(base.info.name, base.etag, patch);
      const now = { info: { ...details, history: base.info.history }, etag };
      setBase(now);
      setDraft(fieldsOf(now));
      onSaved(now);
      const isRenamed = details.name !== before.name;
      notify(isRenamed ? `:${before.name}: is :${details.name}: now. The old name leads to it.` : 'Saved.');
    } catch (error) {
      const { code, detail } = problemFrom(error);
      // Renamed by somebody else, it is found by the name that it had.
      const now = ['emoji_changed', 'emoji_not_found'].includes(code)
        ? await fetchInfo(base.info.name).catch(() => null)
        : null;
      if (now === null) setProblem(detail);
      else goOnWith(now);
    }
    setSaving(false);
  };

  return (
    <form
      id={id}
      class="edit-form"
      aria-label="Edit"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSave) void save();
      }}
      onReset={(event) => {
        event.preventDefault();
        setDraft(before);
      }}
    >
      {conflict && (
        <div class="note warn" role="alert">
          <p>Somebody else changed this emoji while you did: {conflict.join('; ') || 'its picture'}.</p>
          <p>Nothing of yours is lost. Look it over, and save again.</p>
        </div>
      )}
      <div class="field">
        <label for={`${id}-name`}>Name</label>
        <input
          id={`${id}-name`}
          class="input"
          value={draft.name}
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          aria-invalid={checked.tone === 'bad'}
          aria-describedby={`${id}-name-hint`}
          onInput={({ currentTarget }) => set({ name: currentTarget.value })}
        />
        <p id={`${id}-name-hint`} class={`hint ${checked.tone}`} role="status">
          {checked.text}
        </p>
      </div>
      <WordsField
        label="Aliases"
        what="alias"
        words={draft.aliases}
        hint="Other names that it answers to."
        problem={aliasProblem}
        read={parseEmojiName}
        onChange={(aliases) => set({ aliases })}
      />
      <WordsField
        label="Tags"
        what="tag"
        words={draft.tags}
        hint="Words to find it by."
        problem={null}
        read={parseTag}
        onChange={(tags) => set({ tags })}
      />
      <TextField
        label="Category"
        value={draft.category ?? ''}
        maxLength={MAX_CATEGORY_LENGTH}
        onInput={(category) => set({ category: category || null })}
      />
      <div class="field">
        <label for={`${id}-description`}>Description</label>
        <textarea
          id={`${id}-description`}
          class="input"
          rows={2}
          value={draft.description}
          maxLength={MAX_DESCRIPTION_LENGTH}
          onInput={({ currentTarget }) => set({ description: currentTarget.value })}
        />
      </div>
      {problem && (
        <p class="note bad" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}

function fieldsOf({ info: { name, aliases, tags, category, description } }: SeenEmoji): Fields {
  return { name, aliases, tags, category, description };
}

/** What the person has changed, as it was written. */
function changesOf(before: Fields, draft: Fields): Partial<Fields> {
  return Object.fromEntries(
    FIELDS.filter((field) => !isSame(before[field], draft[field])).map((field) => [field, draft[field]]),
  );
}

/** The same as the API takes it. */
function patchOf(before: Fields, draft: Fields): EmojiPatch {
  const parsed = parseEmojiName(draft.name);
  return changesOf(before, { ...draft, name: parsed.ok ? parsed.name : draft.name });
}
