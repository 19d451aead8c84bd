// Playground from the user's view: visible texts and clicks.
import { OWNER, url } from '../support/asking.js';

const EXECUTE = 'button.graphiql-execute-button';

/** Open the page in a further tab of the same browser. */
export async function openTab(context, address) {
  const page = await context.newPage();
  await page.goto(address, { waitUntil: 'networkidle0' });
  await page.waitForSelector(EXECUTE);
  return page;
}

/**
 * Open the page in a browser without a session. `asked` lists every requested address, `complaints` the console's
 * messages, and `context` opens further tabs.
 */
export async function openPlayground(browser, { size = { width: 1280, height: 800 }, address = url } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(size);
  const [asked, complaints] = [[], []];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(address, { waitUntil: 'networkidle0' });
  await page.waitForSelector(EXECUTE);
  return { page, context, asked, complaints, close: () => context.close() };
}

/** Click the element with this accessible name. */
const press = (page, name, role = 'button') => page.locator(`::-p-aria([name="${name}"][role="${role}"])`).click();

export async function logIn(page, { email, password } = OWNER) {
  await press(page, 'Log in');
  await page.locator('input[name=email]').fill(email);
  await page.locator('input[name=password]').fill(password);
  await page.locator('.workline-login button.workline-primary').click();
}

export const shownUser = async (page) => {
  await page.waitForSelector('.workline-user');
  return page.$eval('.workline-user', (element) => element.innerText);
};

const menu = '.workline-examples [role=menuitem]';

async function openMenu(page) {
  await page.locator('button.workline-menu').click();
  await page.waitForSelector(menu);
}

/** Return the titles in the menu of examples. */
export async function menuTitles(page) {
  await openMenu(page);
  const titles = await page.$$eval(menu, (items) => items.map((item) => item.innerText));
  await page.keyboard.press('Escape');
  await page.waitForSelector(menu, { hidden: true });
  return titles;
}

/** Open an example. It is open when its tab has the name of its operation. */
export async function openExample(page, { title, operation }) {
  await openMenu(page);
  await press(page, title, 'menuitem');
  const isOpen = (name) => document.querySelector('.graphiql-tab-active')?.innerText.trim() === name;
  await page.waitForFunction(isOpen, {}, operation);
}

/** Replace the operation in the editor, without the editor's completion of brackets. */
export async function writeOperation(page, text) {
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.down('Control');
  await page.keyboard.press('KeyA');
  await page.keyboard.up('Control');
  await page.keyboard.sendCharacter(text);
}

/** Execute the operation of this name in the editor, and return the response of the server. */
export async function execute(page, operation) {
  const answered = page.waitForResponse((response) => response.request().postData()?.includes(operation));
  await page.locator(EXECUTE).click();
  return (await answered).json();
}

/** Wait until the response on the screen contains these words. */
export const untilShown = (page, words) =>
  page.waitForFunction(
    (expected) => document.querySelector('.result-window')?.innerText.replaceAll('\u00a0', ' ').includes(expected),
    {},
    words,
  );

/** Open the documentation explorer at a type. */
export async function openDocumentation(page, type) {
  await press(page, 'Show Documentation Explorer');
  await page.locator(`::-p-xpath(//a[contains(@class, "graphiql-doc-explorer-type-name")][text()="${type}"])`).click();
  const isShown = (name) => document.querySelector('.graphiql-doc-explorer-title')?.innerText === name;
  await page.waitForFunction(isShown, {}, type);
  await page.$eval('.graphiql-plugin', (plugin) => plugin.scrollTo(0, 0));
}

/** Open the documentation explorer and the first result of a search. Returns its first page and the title of the result. */
export async function searchDocumentation(page, words) {
  await press(page, 'Show Documentation Explorer');
  const search = await page.waitForSelector('.graphiql-doc-explorer-search [role=combobox]');
  const start = await page.$eval('.graphiql-plugin', (plugin) => plugin.innerText);
  await search.type(words);
  const result = `.graphiql-doc-explorer-search [role=option] ::-p-text(${words})`;
  await page.waitForSelector(result);
  await page.locator(result).click();
  await page.waitForSelector('.graphiql-doc-explorer-back');
  return { start, title: await page.$eval('.graphiql-doc-explorer-title', (title) => title.innerText) };
}

/** Use the whole height for the operation and its response. */
export const hideVariables = (page) => press(page, 'Hide editor tools');

const INSPECTOR = '.workline-inspector';

/** Open the inspector by the keyboard. */
export async function openInspector(page) {
  await page.focus(`${INSPECTOR} button[aria-expanded]`);
  await page.keyboard.press('Enter');
  await page.waitForSelector(`${INSPECTOR}[data-open=true]`);
}

/** Wait until the inspector contains these words, and return its text. */
export async function untilInspected(page, words) {
  const contains = (selector, expected) => document.querySelector(selector)?.innerText.includes(expected);
  await page.waitForFunction(contains, {}, INSPECTOR, words);
  return page.$eval(INSPECTOR, (element) => element.innerText);
}

/** Press a button of the inspector by the keyboard. */
export async function pressInInspector(page, text) {
  const button = await page.waitForSelector(`${INSPECTOR} ::-p-xpath(.//button[contains(., "${text}")])`);
  await button.focus();
  await page.keyboard.press('Enter');
}

/** Selectors of visible elements that are outside the window. */
export const outsideWindow = (page, selectors) =>
  page.evaluate(
    (all) =>
      all.filter((selector) => {
        const { left, right, top, bottom, width } = document.querySelector(selector)?.getBoundingClientRect() ?? {};
        return !width || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
      }),
    selectors,
  );
