// Session of the page at /graphql: shared by the tabs of a browser, renewed before its token expires, ended everywhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startServer } from '../support/server.js';
import { openBrowser, skip } from './browser.js';
import { logIn, openPlayground, openTab, shownUser } from './page.js';

const SECONDS = 12;
const REFRESH = /RefreshSession/;

let browser;
let server;

before(async () => {
  if (skip) return;
  server = await startServer({ WORKLINE_TOKEN_TTL: String(SECONDS) });
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const tokens = (page) => page.evaluate(() => JSON.parse(localStorage.getItem('workline:session')));
const expiry = (page) => page.$eval('.workline-expiry time', (element) => element.dateTime);

/** Wait until a token that expires later than this is shown. */
const untilRenewed = (page, before) =>
  page.waitForFunction(
    (earlier) => document.querySelector('.workline-expiry time')?.dateTime > earlier,
    { timeout: 30_000, polling: 200 }, // a tab in the background draws no frames
    before,
  );

test('a session is renewed before its token expires, once for all tabs', { skip }, async () => {
  const { page, context, complaints, close } = await openPlayground(browser, { address: server.url });
  const refreshes = [];
  const watch = (tab) => tab.on('request', (request) => REFRESH.test(request.postData()) && refreshes.push(tab));
  watch(page);
  await logIn(page);
  const named = await shownUser(page);
  const first = await tokens(page);
  assert.ok(Date.parse(first.expiresAt) > Date.now());
  assert.equal(await expiry(page), first.expiresAt);

  const other = await openTab(context, server.url);
  watch(other);
  assert.equal(await shownUser(other), named);
  const seen = refreshes.length;
  const shown = await expiry(other);
  await Promise.all([untilRenewed(page, shown), untilRenewed(other, shown)]);
  assert.equal(await expiry(page), await expiry(other));
  assert.ok(Date.parse(shown) > Date.now(), 'it was renewed before it expired');
  assert.equal(refreshes.length, seen + 1);
  assert.notEqual((await tokens(page)).refreshToken, first.refreshToken);
  assert.deepEqual(complaints, []);
  await close();
});

test('an expired token is renewed when the page is opened again', { skip }, async () => {
  const { page, context, close } = await openPlayground(browser, { address: server.url });
  await logIn(page);
  const named = await shownUser(page);
  const { token } = await tokens(page);
  await page.close();
  await new Promise((resolve) => setTimeout(resolve, 1000 * (SECONDS + 1)));
  const again = await openTab(context, server.url);
  assert.equal(await shownUser(again), named);
  assert.notEqual((await tokens(again)).token, token);
  await close();
});

test('a log-out ends the session in all tabs and on the server', { skip }, async () => {
  const { page, context, close } = await openPlayground(browser, { address: server.url });
  await logIn(page);
  await shownUser(page);
  const other = await openTab(context, server.url);
  await shownUser(other);
  const { token, refreshToken } = await tokens(page);
  const answered = page.waitForResponse((response) => response.request().postData()?.includes('LogOut'));
  await page.bringToFront();
  await page.locator('::-p-aria([name="Log out"][role="button"])').click();
  await other.bringToFront();
  await other.waitForSelector('.workline-anonymous');
  assert.equal(await tokens(other), null);
  assert.equal((await (await answered).json()).data.logOut.errors.length, 0);

  const refresh = `mutation { refreshSession(input: {refreshToken: "${refreshToken}"}) { token errors { code } } }`;
  const send = async (query, headers) => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return response.json();
  };
  assert.equal((await send(refresh)).data.refreshSession.token, null);
  const refused = await send('{ viewer { role } }', { authorization: `Bearer ${token}` });
  assert.equal(refused.errors[0].extensions.code, 'UNAUTHENTICATED');
  await close();
});

test('the link to the mail of a development server opens the messages, with links', { skip }, async () => {
  const email = 'owner@north.example';
  const { page, context, close } = await openPlayground(browser, { address: server.url });
  await page.evaluate(async (query) => {
    const body = JSON.stringify({ query });
    await fetch('graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  }, `mutation { requestPasswordReset(input: {email: "${email}"}) { errors { code } } }`);
  const opened = new Promise((resolve) => context.once('targetcreated', (target) => resolve(target.page())));
  await page.locator('a.workline-mail').click();
  const mail = await opened;
  const shown = async () => mail.$eval('body', (body) => body.innerText);
  for (let tries = 0; tries < 50 && !(await shown()).includes('Reset your password'); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await mail.reload();
  }
  const text = await shown();
  assert.match(text, /Reset your password/);
  assert.match(text, new RegExp(`to ${email}`));
  await close();
});
