// Chromium, which reaches nothing but this machine.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const OPTIONS = [
  '--no-sandbox', // a container's root has none
  '--disable-dev-shm-usage',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where the browser is; undefined if there is none. */
export const browserPath = NAMES.flatMap((name) =>
  (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)),
).find(isProgram);

/** Why a test in a browser is not run; false if it is. */
export const skip = browserPath ? false : `no ${NAMES.join(', ')} here: \`apt-get install chromium\` brings one`;

export const openBrowser = () => puppeteer.launch({ executablePath: browserPath, args: OPTIONS });
