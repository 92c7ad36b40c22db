import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { experimental_readRawConfig, type Unstable_RawConfig } from 'wrangler';
import { Stop } from './wrangler.ts';

export type Config = Unstable_RawConfig;

export interface Environment {
  /** Empty for the one that `wrangler.toml` itself is of. */
  name: string;
  /** On Workers Paid. */
  isPaid: boolean;
}

/** Of a photo of 48 megapixels, with room; a renderer has its task for two minutes. */
const PAID_CPU_MS = 60_000;

/** As many times more pictures are rendered at once. D1 has one writer for all of them. */
const PAID_CONCURRENCY = 5;

/**
 * The configuration of an environment. What `wrangler.toml` has is on the free plan, which refuses `limits.cpu_ms`. One
 * that has a name is a service of its own: all that is the account's has that name in front of its own.
 */
export function configOf(base: Config, { name, isPaid }: Environment): Config {
  const config = name === '' ? base : renamed(base, name);
  return isPaid ? paid(config) : config;
}

function paid(config: Config): Config {
  const consumers = config.queues?.consumers?.map((consumer) => {
    const atOnce = consumer.max_concurrency ?? 1;
    return atOnce === 1 ? consumer : { ...consumer, max_concurrency: atOnce * PAID_CONCURRENCY };
  });
  return {
    ...config,
    limits: { cpu_ms: PAID_CPU_MS },
    ...(consumers && { queues: { ...config.queues, consumers } }),
  };
}

function renamed(base: Config, environment: string): Config {
  // Addresses that are given are those of the service itself, and so are identifiers.
  const { routes, route, workers_dev, ...config } = base;
  const called = (name: string | undefined) => `${environment}-${name}`;
  // A dataset is asked for by its name in SQL.
  const calledInSql = (name: string | undefined) => called(name).replaceAll('-', '_');
  const { producers = [], consumers = [] } = config.queues ?? {};
  return {
    ...config,
    name: called(config.name),
    r2_buckets: config.r2_buckets?.map((bucket) => ({ ...bucket, bucket_name: called(String(bucket.bucket_name)) })),
    d1_databases: config.d1_databases?.map(({ database_id, preview_database_id, ...database }) => ({
      ...database,
      database_name: called(database.database_name),
    })),
    queues: {
      producers: producers.map((producer) => ({ ...producer, queue: called(producer.queue) })),
      consumers: consumers.map((consumer) => ({
        ...consumer,
        queue: called(consumer.queue),
        ...(consumer.dead_letter_queue && { dead_letter_queue: called(consumer.dead_letter_queue) }),
      })),
    },
    analytics_engine_datasets: config.analytics_engine_datasets?.map((one) => ({
      ...one,
      dataset: calledInSql(one.dataset),
    })),
    // The account counts all requests together that have the same namespace.
    ratelimits: config.ratelimits?.map((limit) => ({
      ...limit,
      namespace_id: String(crc32(called(limit.namespace_id)) % 1_000_000_000),
    })),
  } as Config;
}

/** What the account has of a service: by the names in its configuration. */
export interface Resources {
  worker: string;
  database: string;
  buckets: string[];
  queues: string[];
}

export function resourcesOf({ name = '', d1_databases = [], r2_buckets = [], queues }: Config): Resources {
  const producers = queues?.producers ?? [];
  return {
    worker: name,
    database: d1_databases[0]?.database_name ?? '',
    buckets: r2_buckets.map(({ bucket_name }) => String(bucket_name)),
    queues: producers.map(({ queue }) => String(queue)),
  };
}

/** @throws Stop for what could not be part of a name */
export function environmentOf(name = '', isPaid = false): Environment {
  if (name !== '' && !/^[a-z][a-z0-9]{0,19}$/.test(name)) {
    throw new Stop(
      `"${name}" cannot be an environment: it has to be 1 to 20 letters (a-z) and digits, a letter first.`,
    );
  }
  return { name, isPaid };
}

/**
 * Writes the configuration of an environment beside `wrangler.toml`, of which its paths are.
 *
 * @returns it, and its path, for `wrangler --config`
 */
export async function writeConfig(environment: Environment): Promise<{ config: Config; file: string }> {
  const { rawConfig } = experimental_readRawConfig({ config: 'wrangler.toml' });
  const config = configOf(rawConfig, environment);
  const file = `wrangler.${environment.name || 'production'}.json`;
  await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
  return { config, file };
}
