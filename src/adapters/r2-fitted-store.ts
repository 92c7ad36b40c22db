import type { FittedFile, FittedStore } from '../application/ports.ts';
import type { Failure } from '../domain/failure.ts';
import type { FitFacts } from '../domain/platforms/budget.ts';

export const FITTED = 'fitted/';

/** Each file has what is to be said of it in its metadata, as JSON. */
export function r2FittedStore(bucket: R2Bucket): FittedStore {
  const fileKey = (key: string) => `${FITTED}${key}`;
  const orderKey = (key: string) => `${FITTED}${key}.ordered`;
  return {
    async find(key) {
      const object = await bucket.head(fileKey(key));
      return object && readFile(object);
    },

    async open(key) {
      const object = await bucket.get(fileKey(key));
      return object && { bytes: object.size, body: object.body };
    },

    async begin(key, before) {
      const order = await bucket.head(orderKey(key));
      if (order && order.uploaded.getTime() >= before) return false;
      await bucket.put(orderKey(key), '');
      return true;
    },

    async put(key, file, facts) {
      const httpMetadata = { contentType: `image/${facts.type}` };
      await bucket.put(fileKey(key), file, { httpMetadata, customMetadata: { facts: JSON.stringify(facts) } });
    },

    async fail(key, failure) {
      await bucket.put(fileKey(key), '', { customMetadata: { failure: JSON.stringify(failure) } });
    },
  };
}

function readFile({ size, customMetadata = {} }: R2Object): FittedFile {
  const { facts, failure } = customMetadata;
  if (failure !== undefined) return { failure: JSON.parse(failure) as Failure };
  if (facts === undefined) throw new Error('a fitted picture lacks what is to be said of it');
  return { bytes: size, facts: JSON.parse(facts) as FitFacts };
}
