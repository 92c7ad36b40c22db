/** `npm run build`: gathers the static files that the Worker's [assets] serve into `dist/`. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const OUT = 'dist';
const swaggerUi = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

await mkdir(OUT, { recursive: true });
// Emptied, not removed: `wrangler dev` watches the folder.
await rm(path.join(OUT, 'docs'), { recursive: true, force: true });
await cp('src/web', OUT, { recursive: true });
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE']) {
  await cp(path.join(swaggerUi, file), path.join(OUT, 'docs', file));
}
