// Guides of docs/security.md for Auth0, Clerk and Keycloak: their settings, with the claims that each of them documents,
// in tokens of an OpenID provider, at a server.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { ask, logIn, OWNER } from '../support/asking.js';
import { project } from '../support/places.js';
import { startServer } from '../support/server.js';
import { startProvider } from './provider.js';

const VIEWER = '{ viewer { role user { name email } organization { id } } }';
const UNAUTHENTICATED = 'UNAUTHENTICATED';

/** Path of the issuer, and the claims of a token about a person. */
const SHAPES = {
  // https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles
  Auth0: {
    path: '/',
    claims: ({ email, organization }) => ({
      sub: `auth0|${email}`,
      aud: ['https://api.example.com', 'https://example.eu.auth0.com/userinfo'],
      azp: 'my_client_id',
      scope: 'openid profile email',
      org_id: organization,
      'https://workline.example/email': email,
      'https://workline.example/email_verified': true,
    }),
    organization: 'org_9ybsU1dN2dKfDkBi',
    verified: 'https://workline.example/email_verified',
  },
  // https://clerk.com/docs/guides/sessions/jwt-templates
  Clerk: {
    path: '',
    claims: ({ email, organization }) => ({
      sub: `user_${email}`,
      aud: 'workline',
      azp: 'https://app.example.com',
      nbf: Math.floor(Date.now() / 1000) - 5,
      email,
      email_verified: true,
      org: { id: organization, role: 'org:admin' },
    }),
    organization: 'org_2Zx1',
    verified: 'email_verified',
    role: 'MANAGER',
  },
  // https://www.keycloak.org/docs/latest/server_admin/#_oidc_token_role_mappings
  Keycloak: {
    path: '/realms/example',
    claims: ({ email, organization, name }) => ({
      sub: `4f0b1a68-8f2e-4f0e-9d2e-${createHash('sha256').update(email).digest('hex').slice(0, 12)}`,
      aud: ['workline', 'account'],
      typ: 'Bearer',
      azp: 'workline-app',
      sid: '8d6f5f39-1c4e-4a53-9a8e-0a3a1c0b6a11',
      acr: '1',
      'allowed-origins': ['https://app.example.com'],
      realm_access: { roles: ['default-roles-example', 'offline_access', 'uma_authorization'] },
      resource_access: {
        workline: { roles: ['member'] },
        account: { roles: ['manage-account', 'view-profile'] },
      },
      scope: 'profile email',
      email_verified: true,
      name,
      preferred_username: email,
      email,
      workline_organization: organization,
    }),
    role: 'MEMBER',
    verified: 'email_verified',
  },
};

const providers = {};
let server;
let organization;

/** Return the settings of a guide, the last JSON of its section, for a provider of this machine. */
function settingsOf(page, guide) {
  const section = page.split(`### ${guide}\n`)[1].split(/^##/m)[0];
  const settings = JSON.parse([...section.matchAll(/^```json\n([\s\S]*?)^```$/gm)].at(-1)[1]);
  const { values } = settings.claims.organization;
  if (values) Object.keys(values).forEach((name) => (values[name] = organization));
  return { ...settings, issuer: providers[guide].issuer };
}

before(async () => {
  ({ viewer: { organization: { id: organization } } } = await ask(VIEWER, {}, await logIn()));
  for (const [guide, { path }] of Object.entries(SHAPES)) providers[guide] = await startProvider(path);
  const page = await readFile(`${project}docs/security.md`, 'utf8');
  const issuers = Object.keys(SHAPES).map((guide) => settingsOf(page, guide));
  server = await startServer({ WORKLINE_ISSUERS: JSON.stringify(issuers) });
});

after(async () => {
  await server?.stop();
  for (const provider of Object.values(providers)) await provider.stop();
});

/** Return the viewer of a token, or the code of the error. */
async function viewerOf(token) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: VIEWER }),
  });
  const { data, errors } = await response.json();
  return errors ? errors[0].extensions.code : data.viewer;
}

const claimsOf = (guide, person = {}) =>
  SHAPES[guide].claims({ organization: SHAPES[guide].organization ?? organization, name: 'Nia New', ...person });

test('a verified address of Auth0 is linked to its user', async () => {
  const token = await providers.Auth0.token(claimsOf('Auth0', { email: OWNER.email }));
  const { role, user, organization: { id } } = await viewerOf(token);
  assert.deepEqual([role, user.email, id], ['OWNER', OWNER.email, organization]);
  const unknown = await providers.Auth0.token(claimsOf('Auth0', { email: 'unknown@north.example' }));
  assert.equal(await viewerOf(unknown), UNAUTHENTICATED);
});

for (const guide of ['Clerk', 'Keycloak']) {
  test(`an unknown person of ${guide} becomes a user with the role of its claim`, async () => {
    const email = `new@${guide.toLowerCase()}.example`;
    const token = await providers[guide].token(claimsOf(guide, { email }));
    const { role, user, organization: { id } } = await viewerOf(token);
    assert.deepEqual([role, user.email, id], [SHAPES[guide].role, email, organization]);
    const again = await providers[guide].token(claimsOf(guide, { email }));
    assert.deepEqual((await viewerOf(again)).user, user);
    assert.match(await server.command('token', '--explain', again), new RegExp(SHAPES[guide].role));
  });
}

for (const [guide, { verified }] of Object.entries(SHAPES)) {
  test(`wrong tokens of ${guide} are refused`, async () => {
    const claims = claimsOf(guide, { email: OWNER.email });
    const { issuer, token } = providers[guide];
    const good = await token(claims);
    assert.equal((await viewerOf(good)).user.email, OWNER.email);

    const [other] = Object.entries(providers).filter(([name]) => name !== guide);
    const [header, payload, signature] = good.split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    const wrong = {
      'another audience': await token({ ...claims, aud: 'https://other.example.com' }),
      'no audience': await token({ ...claims, aud: [] }),
      'a time that has passed': await token({ ...claims, exp: Math.floor(Date.now() / 1000) - 600 }),
      'another issuer': await token({ ...claims, iss: 'https://other.example.com' }),
      'the keys of another issuer': await other[1].token({ ...claims, iss: issuer }),
      'changed claims': [header, (await token({ ...claims, role: 'x' })).split('.')[1], signature].join('.'),
      'no signature': [none, payload, ''].join('.'),
    };
    for (const [reason, refused] of Object.entries(wrong)) {
      assert.equal(await viewerOf(refused), UNAUTHENTICATED, reason);
    }
    const stranger = { ...claims, sub: 'another', [verified]: false };
    assert.equal(await viewerOf(await token(stranger)), UNAUTHENTICATED, 'an address that is not verified');
    assert.ok(!server.log.some((line) => line.level === 'error'));
  });
}
