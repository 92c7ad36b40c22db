import './aside.css';
import type { ComponentChildren } from 'preact';

interface Props {
  title: string;
  class: string;
  children: ComponentChildren;
}

/** What is beside the list of tasks where there is room; where there is none it is above, and closed at first. */
export function Aside({ title, class: name, children }: Props) {
  return (
    <details class={`card aside ${name}`} open={matchMedia('(min-width: 75rem)').matches}>
      <summary>
        <h2>{title}</h2>
      </summary>
      {children}
    </details>
  );
}
