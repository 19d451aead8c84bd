// Everything the page needs: its script, its style sheet, and the script of Monaco's workers.
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { parseExample } from './example.mjs';

/** GraphiQL asks for all of Monaco, and for a JavaScript parser to indent JSON: both have a smaller stand-in here. */
const STAND_INS = {
  'monaco-editor/esm/vs/editor/edcore.main.js': './src/monaco.js',
  'prettier/standalone': './src/prettier.js',
  'prettier/parser-graphql': 'prettier/plugins/graphql',
  'prettier/parser-babel': './src/nothing.js',
  'prettier/plugins/estree': './src/nothing.js',
};

const FONT = /\.(?:woff2|ttf)$/;

/** `import examples from 'examples'`: the files of examples/ in the order of their names, parsed. */
const examples = (folder) => ({
  name: 'examples',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^examples$/ }, () => ({ path: 'examples', namespace: 'examples' }));
    onLoad({ filter: /.*/, namespace: 'examples' }, async () => {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).sort();
      const texts = await Promise.all(names.map((name) => readFile(new URL(name, folder), 'utf8')));
      return { contents: JSON.stringify(texts.map(parseExample)), loader: 'json' };
    });
  },
});

/** GraphiQL's icons take their accessible names from the names of their functions, which would be minified. */
const namedIcons = {
  name: 'named-icons',
  setup({ onLoad }) {
    onLoad({ filter: /@graphiql[/\\]react[/\\]dist[/\\]icons[/\\].*\.js$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { keepNames: true });
      return { contents: code };
    });
  },
};

/** Refuses a style sheet that would make the browser ask another place for a font, an image or more style. */
function checkSelfContained(style) {
  const outside = style.match(/@import[^;]*|url\((?!["']?(?:data:|#))[^)]*\)/g);
  if (outside) throw new Error(`the style sheet refers to ${outside.join(', ')}`);
}

/** The files that something is left of. A font has no bytes of its own: it is part of the style sheet that names it. */
function usedInputs({ inputs, outputs }) {
  const written = Object.values(outputs).flatMap((output) => Object.entries(output.inputs));
  const fonts = Object.keys(inputs).filter((path) => FONT.test(path));
  return [...written.filter(([, used]) => used.bytesInOutput > 0).map(([path]) => path), ...fonts];
}

export async function bundle(source) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: fileURLToPath(source),
    entryPoints: ['src/page.jsx', 'src/worker.js'],
    outdir: 'out',
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'iife',
    target: ['es2022'],
    jsx: 'automatic',
    legalComments: 'none',
    loader: { '.ttf': 'dataurl', '.woff2': 'dataurl', '.svg': 'dataurl' },
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.USE_IMPORT': '"true"' },
    alias: STAND_INS,
    plugins: [examples(new URL('examples/', source)), namedIcons],
  });
  const text = (name) => outputFiles.find(({ path }) => basename(path) === name).text.trim();
  const style = text('page.css');
  checkSelfContained(style);
  return { script: text('page.js'), worker: text('worker.js'), style, inputs: usedInputs(metafile) };
}
