// `node bundle.mjs ROOT DRAFT HOME`: writes the program of the checkout ROOT to DRAFT/dist/cli, to be run from HOME.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const [root, draft, home] = process.argv.slice(2);
const sources = join(root, 'src');

/** Modules look for files beside themselves: each still believes to be where `npm run build` would put it. */
const places = {
  name: 'places',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!path.startsWith(sources) || !text.includes('import.meta.url')) return null;
      const place = pathToFileURL(join(home, 'dist', relative(sources, path)).replace(/\.ts$/, '.js')).href;
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(place)), loader: 'ts' };
    });
  },
};

await build({
  entryPoints: [join(sources, 'cli', 'main.ts')],
  outdir: join(draft, 'dist', 'cli'),
  ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', target: 'node20' },
  // Native, so it stays where it is.
  external: ['better-sqlite3'],
  // Dependencies in CommonJS ask for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  plugins: [places],
  logLevel: 'warning',
});
