// The schema as `workline schema` prints it, in a file: what codegen and the Relay compiler read.
import { mkdir, writeFile } from 'node:fs/promises';
import { run } from './commands.js';
import { project, python } from './places.js';

export async function writeSchema(place) {
  const sdl = await run(python, ['-m', 'graphql_app', 'schema'], { cwd: project });
  await mkdir(place, { recursive: true });
  await writeFile(`${place}schema.graphql`, sdl);
}
