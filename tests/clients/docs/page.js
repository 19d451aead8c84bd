// Programs of docs/clients.md: each block of code names its file, and blocks of one file are concatenated.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { socketUrl, url } from '../support/asking.js';
import { generated, project } from '../support/places.js';

const BLOCK = /^```(?<language>\w+)\n(?:(?:\/\/|#) (?<file>\S+\.\w+)\n)?(?<text>[\s\S]*?)^```$/gm;

/** Directory of the files. */
export const place = `${generated}docs/`;

const ofThisServer = (text) =>
  text.replaceAll('http://127.0.0.1:8000/graphql', url).replaceAll('ws://127.0.0.1:8000/graphql', socketUrl);

const read = (page) => readFile(`${project}${page}`, 'utf8');

async function readFiles() {
  const page = await read('docs/clients.md');
  const files = new Map();
  for (const { groups: { language, file, text } } of page.matchAll(BLOCK)) {
    if (language === 'graphql' || language === 'json') continue; // parts of documents and responses, not programs
    if (!file) throw new Error(`no file is named above ${text.slice(0, 60)}`);
    files.set(file, (files.get(file) ?? '') + text);
  }
  return files;
}

/** TypeScript example of the README. */
export async function readmeExample() {
  const blocks = [...(await read('README.md')).matchAll(BLOCK)].filter(({ groups }) => groups.language === 'ts');
  return ofThisServer(blocks.map(({ groups }) => groups.text).join('\n'));
}

/** Write all files and return their names, for programs that ask the server at `address`. */
export async function writeFiles(folder = place, address = url) {
  await rm(folder, { recursive: true, force: true });
  const files = await readFiles();
  for (const [file, text] of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), ofThisServer(text).replaceAll(url, address));
  }
  return [...files.keys()];
}
