import { SOURCE_MISSING } from '../domain/failure.ts';
import type { FitOrder } from '../domain/platforms/budget.ts';
import type { FittedStore, Fitter, Logger, SourceStore } from './ports.ts';
import { sha256 } from './sha256.ts';

interface Ports {
  sources: SourceStore;
  fitted: FittedStore;
  fitter: Fitter;
  log: Logger;
}

/**
 * Makes a picture fit a budget, unless that was done before. May run any number of times for one order.
 *
 * @throws on a passing fault: then the message must come again
 */
export async function fitPicture({ sources, fitted, fitter, log }: Ports, order: FitOrder): Promise<void> {
  const { key, sourceKey, look, budget } = order;
  if ((await fitted.find(key)) !== null) return;
  const picture = await sources.get(sourceKey);
  if (picture === null) {
    // Not for ever: the same upload may come again.
    log.info('picture not fitted', { key, sourceKey, budget, code: SOURCE_MISSING.code });
    return;
  }
  const result = await fitter.fit(picture, budget, look);
  if ('failure' in result) {
    await fitted.fail(key, result.failure);
    log.info('picture not fitted', { key, sourceKey, budget, code: result.failure.code });
    return;
  }
  const { file, ...facts } = result;
  await fitted.put(key, file, { ...facts, hash: await sha256(file) });
  log.info('picture fitted', { key, sourceKey, budget, ...facts, bytes: file.byteLength });
}
