import { hashed } from '../adapters/hashed.ts';
import { orderers } from '../adapters/orderers.ts';
import { parseYaml } from '../adapters/parse-yaml.ts';
import { allPorts } from '../adapters/ports.ts';
import { zipReader } from '../adapters/zip-reader.ts';

/** Everything that is needed for tasks that are no renderings. */
export function workPorts(env: Env, context: Pick<ExecutionContext, 'cache'>) {
  return {
    ...allPorts(env, env.DB, context),
    archiveReader: zipReader(env.PICTURES),
    orderers: orderers(env),
    parseYaml,
    hashed,
  };
}
