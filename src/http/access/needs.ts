import type { Scope } from '../../domain/access.ts';

/** What a route needs, as the `security` of an OpenAPI operation: one entry of several will do. */
export type Needs = { token?: Scope[]; session?: Scope[] }[];

/** Anybody may. */
export const ANYBODY: Needs = [];

/** Any of these scopes. */
export function needs(...scopes: Scope[]): Needs {
  return scopes.flatMap((scope) => [{ token: [scope] }, { session: [scope] }]);
}

/** Anybody, unless the service is private. */
export const READABLE: Needs = [{}, ...needs('emoji:read')];

export const isForAnybody = (wanted: Needs): boolean => wanted.length === 0;

export const isReadable = (wanted: Needs): boolean => wanted.some((entry) => Object.keys(entry).length === 0);

export const scopesOf = (wanted: Needs): Scope[] => wanted.flatMap(({ token = [] }) => token);
