import { hashed } from '../adapters/hashed.ts';
import { orderers } from '../adapters/orderers.ts';
import { parseYaml } from '../adapters/parse-yaml.ts';
import { allPorts } from '../adapters/ports.ts';
import { zipReader } from '../adapters/zip-reader.ts';
import type { ImportPorts } from '../application/imports/import-pack.ts';

/** Everything that an import works with. */
export function importPorts(env: Env, context: Pick<ExecutionContext, 'cache'>): ImportPorts {
  return {
    ...allPorts(env, env.DB, context),
    archiveReader: zipReader(env.PICTURES),
    orderers: orderers(env),
    parseYaml,
    hashed,
  };
}
