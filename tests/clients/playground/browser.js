// Chromium without access to other machines.
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

/** Path of the browser, or undefined. */
export const browserPath = NAMES.flatMap((name) =>
  (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)),
).find(isProgram);

/** Reason to skip the tests in a browser, or false. */
export const skip = browserPath ? false : `no ${NAMES.join(', ')} here: \`apt-get install chromium\` brings one`;

export const openBrowser = () => puppeteer.launch({ executablePath: browserPath, args: OPTIONS });
