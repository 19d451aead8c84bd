// Inspector below the response in a real browser, operated by the keyboard.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, skip } from './browser.js';
import { examples } from './examples.js';
import {
  execute,
  logIn,
  openExample,
  openInspector,
  openPlayground,
  outsideWindow,
  pressInInspector,
  shownUser,
  untilInspected,
  untilShown,
  writeOperation,
} from './page.js';

const LEVELS = examples.find(({ operation }) => operation === 'FiveLevels');
const CREATE = examples.find(({ operation }) => operation === 'CreateTask');
const WINDOWS = [
  { width: 390, height: 800 },
  { width: 1280, height: 800 },
];
let browser;

before(async () => {
  if (!skip) browser = await openBrowser();
});

after(() => browser?.close());

/** Open the page with the inspector, and execute an example. */
async function inspect(example, size) {
  const opened = await openPlayground(browser, { size });
  await logIn(opened.page);
  await opened.page.waitForSelector('.workline-avatar');
  await openInspector(opened.page);
  await openExample(opened.page, example);
  return { ...opened, response: await execute(opened.page, example.operation) };
}

test('the inspector shows the steps and statements of an operation, and its cost', { skip }, async () => {
  const { page, response, complaints, close } = await inspect(LEVELS);
  const { trace, cost } = response.extensions;
  const shown = await untilInspected(page, `${trace.statements.length} statements`);
  assert.match(shown, /execute/);
  assert.match(shown, /list Task 3 rows/);
  assert.match(shown, new RegExp(`cost ${cost.actualQueryCost}`));
  await untilShown(page, '"tasks": ');
  assert.doesNotMatch(await page.$eval('.result-window', (result) => result.innerText), /extensions/);
  assert.deepEqual(complaints, []);
  await close();
});

test('a step of the plan shows its SQL, and to owners the plan of PostgreSQL', { skip }, async () => {
  const { page, close } = await inspect(LEVELS);
  await untilInspected(page, 'statements');
  await pressInInspector(page, 'Plan');
  await pressInInspector(page, 'find Category by id');
  assert.match(await untilInspected(page, 'SELECT'), /FROM categories/);
  const answered = page.waitForResponse((response) => response.request().postData()?.includes('"explain"'));
  await pressInInspector(page, 'Run again with EXPLAIN');
  const { extensions } = await (await answered).json();
  assert.ok(extensions.trace.statements.every(({ explained }) => /cost=/.test(explained[0])));
  await pressInInspector(page, 'Plan');
  await pressInInspector(page, 'find Category by id');
  await untilInspected(page, 'Execution Time');
  await close();
});

test('a mutation is not executed again for its plan', { skip }, async () => {
  const { page, response, close } = await inspect(CREATE);
  assert.equal(response.errors, undefined);
  await untilInspected(page, 'statement');
  await pressInInspector(page, '1 row');
  await untilInspected(page, 'EXPLAIN when I run it next');
  await close();
});

/** Open the page with the inspector, and execute an operation of this text and name. */
async function inspectText(text, name) {
  const opened = await openPlayground(browser);
  await logIn(opened.page);
  await shownUser(opened.page);
  await openInspector(opened.page);
  await writeOperation(opened.page, text);
  return { ...opened, response: await execute(opened.page, name) };
}

test('an operation without a plan shows the reason, and its statements', { skip }, async () => {
  const text = 'query Unplanned { __schema { queryType { name } } tasks(first: 1) { nodes { title } } }';
  const { page, response, close } = await inspectText(text, 'Unplanned');
  assert.equal(response.errors, undefined);
  await untilInspected(page, '1 statement');
  await pressInInspector(page, 'Plan');
  await untilInspected(page, response.extensions.trace.fellBack);
  await close();
});

test('a failed operation shows its steps', { skip }, async () => {
  const { page, response, close } = await inspectText('query Failing { task(id: "nothing") { title } }', 'Failing');
  assert.equal(response.errors[0].extensions.code, 'BAD_USER_INPUT');
  assert.match(await untilInspected(page, '0 statements'), /execute/);
  await close();
});

test('the slowest statement is marked', { skip }, async () => {
  const { page, response, close } = await inspect(LEVELS);
  await untilInspected(page, 'statements');
  const marked = await page.$$eval('.workline-timeline li:has(.workline-bar-slowest) .workline-time', (times) =>
    times.map((time) => parseFloat(time.innerText)),
  );
  const slowest = Math.max(...response.extensions.trace.statements.map(({ milliseconds }) => milliseconds));
  assert.equal(marked.length, 1);
  assert.ok(Math.abs(marked[0] - slowest) <= 0.5, `${marked[0]} is ${slowest}`);
  await close();
});

for (const size of WINDOWS) {
  test(`everything fits in a window of ${size.width} pixels`, { skip }, async () => {
    const { page, close } = await inspect(LEVELS, size);
    await untilInspected(page, 'statements');
    const selectors = ['.workline-menu', '.workline-who', 'button.graphiql-execute-button', '.result-window', '.workline-panel'];
    assert.deepEqual(await outsideWindow(page, selectors), []);
    await pressInInspector(page, '3 rows');
    assert.deepEqual(await outsideWindow(page, [...selectors, '.workline-statement']), []);
    await close();
  });
}
