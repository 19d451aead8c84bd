// Picture of the README: `make picture` writes it; otherwise it is only taken.
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generated } from '../support/places.js';
import { openBrowser, skip } from './browser.js';
import { examples } from './examples.js';
import {
  execute,
  hideVariables,
  logIn,
  openExample,
  openInspector,
  openPlayground,
  shownUser,
  untilInspected,
  untilShown,
} from './page.js';

const SIZE = { width: 1560, height: 860, deviceScaleFactor: 1.25 };
const BYTES = 300_000;
const SHOWN = 'FiveLevels';
const place = process.env.WORKLINE_PICTURE ?? `${generated}playground.png`;
let browser;

before(async () => {
  if (!skip) browser = await openBrowser();
});

after(() => browser?.close());

test('the page with an example, its response and the inspector', { skip }, async () => {
  const { page, close } = await openPlayground(browser, { size: SIZE });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
  await logIn(page);
  await shownUser(page);
  await openExample(page, examples.find(({ operation }) => operation === SHOWN));
  await hideVariables(page);
  await openInspector(page);
  await execute(page, SHOWN); // compiles its statements
  await execute(page, SHOWN);
  await untilInspected(page, 'statements');
  await untilShown(page, '"tasks": ');
  await page.mouse.move(0, 0); // scrollbars are shown at the mouse
  await sleep(1_000); // and fade out
  await mkdir(dirname(place), { recursive: true });
  await page.screenshot({ path: place });
  assert.ok((await stat(place)).size < BYTES);
  await close();
});
