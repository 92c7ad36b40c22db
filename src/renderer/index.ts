import { consumeRenderQueue } from './consumer.ts';

/** The renderers as a Worker of their own, by `wrangler.renderer.toml`: see docs/scale.md. */
export default { queue: consumeRenderQueue } satisfies ExportedHandler<Env>;
