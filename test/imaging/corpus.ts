import { existsSync, readdirSync } from 'node:fs';

/** Pictures that others made, beside the project; not everybody has them. */
const CORPUS = '../shared/corpus';

/** The paths of the corpus's files with this ending; none where there is no corpus. */
export function corpusFiles(ending: string, ...folders: string[]): string[] {
  return folders
    .map((folder) => `${CORPUS}/${folder}`)
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`))
    .filter((path) => path.endsWith(ending));
}
