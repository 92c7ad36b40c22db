import type { AllHTMLAttributes, ComponentChildren, Ref } from 'preact';
import { useId } from 'preact/hooks';

type Attributes =
  | 'required'
  | 'maxLength'
  | 'autocomplete'
  | 'autocapitalize'
  | 'spellcheck'
  | 'inputMode'
  | 'placeholder';

interface Props extends Pick<AllHTMLAttributes<HTMLInputElement>, Attributes> {
  label: string;
  /** Said below it, and read out with it. */
  hint?: ComponentChildren;
  /** Whether it is not shown. */
  isSecret?: boolean;
  inputRef?: Ref<HTMLInputElement>;
  value: string;
  onInput(text: string): void;
}

/** A line of text, with what it is called and what it is about. What else is said of it is of the `input`. */
export function TextField({ label, hint, isSecret, inputRef, onInput, ...input }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        {...(isSecret ? { type: 'password' as const } : {})}
        {...(inputRef && { ref: inputRef })}
        {...(hint && { 'aria-describedby': `${id}-hint` })}
        id={id}
        class="input"
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
