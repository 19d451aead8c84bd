// Builds ../dist from src/, examples/ and the packages in package-lock.json. The same input gives the same bytes.
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { gzipAsync } from '@gfx/zopfli';
import { bundle } from './build/bundle.mjs';
import { listPackages, writtenLicences } from './build/licences.mjs';

const OS_BYTE = 9; // of a gzip header, RFC 1952; 255 says "unknown", wherever the page was built
const source = new URL('./', import.meta.url);
const dist = new URL('../dist/', import.meta.url);

async function compress(html) {
  const bytes = await gzipAsync(Buffer.from(html), { numiterations: 5 });
  bytes[OS_BYTE] = 255;
  return bytes;
}

/** No script runs but the page's own, named by its hash. Monaco writes style elements and starts workers from blobs. */
function contentSecurityPolicy(script) {
  const hash = createHash('sha256').update(script).digest('base64');
  return [
    "default-src 'none'",
    `script-src 'sha256-${hash}'`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'font-src data:',
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Changes with every file that the page is made from: a test compares it, so that nobody forgets to build. */
async function digestOfSources() {
  const folders = await Promise.all(['build', 'examples', 'src'].map(async (folder) => {
    const names = await readdir(new URL(folder, source));
    return names.map((name) => `${folder}/${name}`);
  }));
  const digest = createHash('sha256');
  for (const path of ['build.mjs', 'package-lock.json', ...folders.flat()].sort()) {
    digest.update(`${path}\0`).update(await readFile(new URL(path, source))).update('\0');
  }
  return digest.digest('hex');
}

async function fill(template, parts) {
  const text = await readFile(new URL(template, source), 'utf8');
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name) => parts[name]);
}

const { inputs, ...parts } = await bundle(source);
const icon = encodeURIComponent(await readFile(new URL('src/icon.svg', source), 'utf8'));
const html = await fill('src/page.html', { ...parts, icon });
const packages = await listPackages(source, inputs);
const gzip = await compress(html);
const manifest = {
  sources: await digestOfSources(),
  sha256: createHash('sha256').update(html).digest('hex'),
  contentSecurityPolicy: contentSecurityPolicy(parts.script),
  packages: packages.map(({ label }) => label),
};

await mkdir(dist, { recursive: true });
await writeFile(new URL('playground.html.gz', dist), gzip);
await writeFile(new URL('manifest.json', dist), `${JSON.stringify(manifest, null, 2)}\n`);
await writeFile(new URL('LICENSES.txt', dist), writtenLicences(packages));
console.log(`playground.html.gz: ${gzip.length} bytes (${html.length} uncompressed), ${packages.length} packages`);
