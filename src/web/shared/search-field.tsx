import { useEffect, useRef, useState } from 'preact/hooks';
import { setParameters } from './url-state.ts';

const WHILE_TYPING_MS = 250;

interface Props {
  label: string;
  placeholder: string;
  /** As the address has it. */
  value: string;
  parameter: string;
}

/** Filters while one types; going back undoes all that was typed at once. */
export function SearchField({ label, placeholder, value, parameter }: Props) {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isBegun = useRef(false);
  const set = useRef(value);
  useEffect(() => {
    // Not what this field has set itself: the person may have typed on.
    if (value === set.current) return;
    set.current = value;
    setText(value);
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const apply = (text: string) => {
    set.current = text.trim();
    setParameters({ [parameter]: set.current, cursor: null }, isBegun.current ? 'replace' : 'push');
    isBegun.current = true;
  };
  return (
    <label class="field">
      <span class="label">{label}</span>
      <input
        class="input"
        type="search"
        autocomplete="off"
        spellcheck={false}
        placeholder={placeholder}
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(apply, WHILE_TYPING_MS, currentTarget.value);
        }}
        onBlur={() => {
          isBegun.current = false;
        }}
      />
    </label>
  );
}
