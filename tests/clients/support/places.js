// Where things are.
import { fileURLToPath } from 'node:url';

export const folder = fileURLToPath(new URL('..', import.meta.url));
export const project = fileURLToPath(new URL('../../..', import.meta.url));

/** What the tools write: made anew by each run, not committed. */
export const generated = fileURLToPath(new URL('../generated/', import.meta.url));

/** A Python that has the server's requirements. */
export const python = process.env.WORKLINE_PYTHON ?? `${project}.venv/bin/python`;
