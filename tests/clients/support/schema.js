// Schema as printed by `workline schema`, in a file for codegen and the Relay compiler.
import { mkdir, writeFile } from 'node:fs/promises';
import { run } from './commands.js';
import { project, python } from './places.js';

export async function writeSchema(place) {
  const sdl = await run(python, ['-m', 'graphql_app', 'schema'], { cwd: project });
  await mkdir(place, { recursive: true });
  await writeFile(`${place}schema.graphql`, sdl);
}
