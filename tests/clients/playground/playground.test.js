// Page at /graphql in a real browser without access to other machines.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask, OWNER, url } from '../support/asking.js';
import { openBrowser, skip } from './browser.js';
import { examples } from './examples.js';
import {
  execute,
  logIn,
  menuTitles,
  openDocumentation,
  openExample,
  openPlayground,
  searchDocumentation,
  shownUser,
  untilShown,
} from './page.js';

const DESCRIPTIONS = 'query ($name: String!) { __type(name: $name) { description fields { description } } }';

let browser;

before(async () => {
  if (!skip) browser = await openBrowser();
});

after(() => browser?.close());

test('the page loads from one address without console messages', { skip }, async () => {
  const { asked, complaints, close } = await openPlayground(browser);
  const elsewhere = asked.filter((address) => !/^(?:data|blob):/.test(address) && address !== url);
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(complaints, []);
  await close();
});

test('the dialog shows an error for a wrong password', { skip }, async () => {
  const { page, close } = await openPlayground(browser);
  await logIn(page, { ...OWNER, password: 'wrong' });
  await page.waitForSelector('.workline-login [role=alert]');
  assert.match(await page.$eval('.workline-login [role=alert]', (element) => element.innerText), /^Invalid email address or password/);
  await close();
});

test('the page shows the name of a logged-in user, also after a reload', { skip }, async () => {
  const { page, close } = await openPlayground(browser);
  await logIn(page);
  const named = await shownUser(page);
  assert.match(named, /Owner · North Repair/);
  await page.reload();
  assert.equal(await shownUser(page), named);
  await close();
});

test('the documentation explorer shows descriptions of types and fields', { skip }, async () => {
  const { page, close } = await openPlayground(browser);
  await logIn(page);
  await shownUser(page);
  await openDocumentation(page, 'Task');
  const shown = await page.$eval('.graphiql-plugin', (plugin) => plugin.innerText);
  const { __type: task } = await ask(DESCRIPTIONS, { name: 'Task' });
  for (const { description } of [task, ...task.fields]) {
    assert.ok(shown.includes(description.replaceAll('`', '')), description);
  }
  await close();
});

test('the documentation explorer starts at the root types, and opens the field of a search', { skip }, async () => {
  const { page, close } = await openPlayground(browser);
  await logIn(page);
  await shownUser(page);
  const { start, title } = await searchDocumentation(page, 'completedAt');
  for (const root of ['query: Query', 'mutation: Mutation']) assert.ok(start.includes(root), root);
  assert.equal(title, 'completedAt');
  await close();
});

test('every example in the menu is answered', { skip }, async () => {
  const { page, complaints, close } = await openPlayground(browser);
  await logIn(page);
  await shownUser(page);
  assert.deepEqual(await menuTitles(page), examples.map(({ title }) => title));
  for (const example of examples) {
    await openExample(page, example);
    const { data, errors } = await execute(page, example.operation);
    assert.equal(errors, undefined, `${example.title}: ${JSON.stringify(errors)}`);
    const [field] = Object.keys(data);
    await untilShown(page, `"${field}": `);
  }
  assert.deepEqual(complaints, []);
  await close();
});
