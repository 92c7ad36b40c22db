/** `npm run build`: gathers the static files that the Worker's [assets] serve into `dist/`. */
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const OUT = 'dist';
const swaggerUi = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

// Written over, never removed first: `wrangler dev` serves the folder, and may be doing so now.
await cp('src/web', OUT, { recursive: true });
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE']) {
  await cp(path.join(swaggerUi, file), path.join(OUT, 'docs', file));
}
