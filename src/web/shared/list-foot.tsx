import type { usePages } from './use-pages.ts';

interface Props {
  list: Pick<ReturnType<typeof usePages>, 'items' | 'problem' | 'more' | 'again'>;
  /** Said where nothing is listed. */
  none: string;
}

/** What comes below a list: why it is not there, that it is empty, the way to more of it. */
export function ListFoot({ list: { items, problem, more, again }, none }: Props) {
  return (
    <>
      <div role="alert">
        {problem && (
          <p class="note bad">
            {problem.detail}{' '}
            <button type="button" class="button compact" onClick={again}>
              Try again
            </button>
          </p>
        )}
      </div>
      <p role="status" class="soft">
        {items === null ? !problem && 'Loading …' : items.length === 0 && none}
      </p>
      {more && (
        <button type="button" class="button" onClick={more}>
          Show more
        </button>
      )}
    </>
  );
}
