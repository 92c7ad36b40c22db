import './look-choice.css';
import { useId } from 'preact/hooks';
import { FITS, MAX_SIZE } from '../../domain/rendering.ts';
import { type Look, MATTES } from './look.ts';

interface Props {
  look: Look;
  onChange(look: Look): void;
  /** Whether its size can be chosen too. */
  withSize?: boolean;
}

const FIT_NAMES = { contain: 'Whole picture', cover: 'Fill', stretch: 'Stretch' } as const;

/** A mid grey to begin with: a choice of one's own is neither of the others. */
const OWN = '#808080';

/** How a picture is to be made into an emoji. */
export function LookChoice({ look, onChange, withSize = false }: Props) {
  const id = useId();
  const { fit, matte, background, size } = look;
  return (
    <div class="look-choice">
      <Choice
        label="Shape"
        hint="of a picture that is not square"
        options={FITS.map((fit) => [FIT_NAMES[fit], fit])}
        chosen={fit}
        onChoose={(fit) => onChange({ ...look, fit })}
      />
      <Colour
        label="Soft edges"
        hint="are blended with the colour of the chat"
        none="For any"
        named={[
          ['For light', MATTES.light],
          ['For dark', MATTES.dark],
        ]}
        colour={matte}
        onChoose={(matte) => onChange({ ...look, matte })}
      />
      <Colour
        label="Background"
        hint="where the picture is transparent"
        none="None"
        named={[]}
        colour={background}
        onChoose={(background) => onChange({ ...look, background })}
      />
      {withSize && (
        <div class="field size">
          <label for={id}>Size, in pixels</label>
          <input
            id={id}
            class="input"
            type="number"
            min={1}
            max={MAX_SIZE}
            required
            value={size}
            onChange={({ currentTarget: input }) => {
              if (input.validity.valid) onChange({ ...look, size: input.valueAsNumber });
              else input.reportValidity();
            }}
          />
        </div>
      )}
    </div>
  );
}

interface ChoiceProps<Value> {
  label: string;
  hint: string;
  options: readonly (readonly [label: string, value: Value])[];
  chosen: Value;
  onChoose(value: Value): void;
  children?: preact.ComponentChildren;
}

function Choice<Value>({ label, hint, options, chosen, onChoose, children }: ChoiceProps<Value>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>
        {label} <span class="hint">{hint}</span>
      </legend>
      <div class="options">
        <div class="segmented">
          {options.map(([label, value]) => (
            <label key={label}>
              <input type="radio" name={name} checked={value === chosen} onChange={() => onChoose(value)} />
              {label}
            </label>
          ))}
        </div>
        {children}
      </div>
    </fieldset>
  );
}

interface ColourProps {
  label: string;
  hint: string;
  /** What no colour is called. */
  none: string;
  named: readonly (readonly [label: string, colour: string])[];
  colour: string | null;
  onChoose(colour: string | null): void;
}

function Colour({ label, hint, none, named, colour, onChoose }: ColourProps) {
  const isOwn = colour !== null && !named.some(([, value]) => value === colour);
  return (
    <Choice
      label={label}
      hint={hint}
      options={[[none, null], ...named, [named.length > 0 ? 'Own' : 'Colour', isOwn ? colour : OWN]]}
      chosen={colour}
      onChoose={onChoose}
    >
      {isOwn && (
        <input
          type="color"
          class="own-colour"
          aria-label={`${label}: colour`}
          value={colour}
          onInput={({ currentTarget }) => onChoose(currentTarget.value)}
        />
      )}
    </Choice>
  );
}
