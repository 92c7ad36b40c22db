import type { ComponentChildren } from 'preact';

interface Props {
  /** The id of its heading. */
  labelledBy: string;
  columns: string[];
  /** Whether a last column has what can be done. */
  hasActions?: boolean;
  children: ComponentChildren;
}

/** The table of a list; its cells fold under each other on a phone. */
export function ListTable({ labelledBy, columns, hasActions = false, children }: Props) {
  return (
    <div class="card">
      <table class="list-table" aria-labelledby={labelledBy}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
            {hasActions && (
              <th scope="col">
                <span class="visually-hidden">What can be done</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
