import fc from 'fast-check';

/**
 * The same cases each time, so that a change is not told of a fault that it did not make. `SEED=random` looks for new
 * ones, as does any number; a failure names its own.
 */
const { SEED = '1' } = process.env;
if (SEED !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(SEED) });
