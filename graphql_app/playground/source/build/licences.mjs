// Which packages are in the bundle, and under which terms: read from the packages themselves.
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const TERMS = /^(licen[cs]e|copying|notice|third-?party-?notices)/i;
const RULE = '='.repeat(80);

/** The package that a file of node_modules belongs to. */
async function packageOf(source, path) {
  for (let folder = dirname(path); folder.includes('node_modules/'); folder = dirname(folder)) {
    const manifest = await readFile(new URL(`${folder}/package.json`, source), 'utf8').catch(() => '{}');
    const { name, version, license, author } = JSON.parse(manifest);
    if (name && version) return { folder, label: `${name} ${version}`, license, author: author?.name ?? author };
  }
  throw new Error(`${path} belongs to no package`);
}

async function termsOf(source, { folder, license, author }) {
  const names = (await readdir(new URL(folder, source))).filter((name) => TERMS.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(new URL(`${folder}/${name}`, source), 'utf8')));
  if (texts.length > 0) return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
  return `No licence text comes with it. Its manifest says: ${license}, by ${author ?? 'its authors'}.`;
}

/** The packages that the files belong to, by name and version: `[{ label, license, terms }]`. */
export async function listPackages(source, paths) {
  const found = new Map();
  for (const path of paths.filter((input) => input.includes('node_modules/'))) {
    const entry = await packageOf(source, path);
    found.set(entry.label, entry);
  }
  const entries = [...found.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  return Promise.all(entries.map(async (entry) => ({ ...entry, terms: await termsOf(source, entry) })));
}

/** A list of all packages, then every text once, below the packages that come with it. */
export function writtenLicences(packages) {
  const summary = packages.map(({ label, license }) => `${label}: ${license}`).join('\n');
  const byTerms = new Map();
  for (const { terms, label } of packages) byTerms.set(terms, [...(byTerms.get(terms) ?? []), label]);
  const sections = [...byTerms].map(([terms, labels]) => `${RULE}\n${labels.join('\n')}\n${RULE}\n\n${terms}\n`);
  return `The packages inside playground.html.gz, and their licences.\n\n${summary}\n\n${sections.join('\n')}`;
}
