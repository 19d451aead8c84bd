// OpenID provider in this process, whose access tokens have the claims that a test gives it.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const CLIENT = { client_id: 'app', client_secret: 'secret-of-the-app' };
const RESOURCE = 'urn:workline:api';

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

function configuration(customize) {
  const resourceServer = {
    scope: '',
    audience: RESOURCE,
    accessTokenTTL: 300,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'RS256' } },
  };
  return {
    clients: [{ ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }],
    jwks: { keys: [newKey()] },
    ttl: { ClientCredentials: 300 },
    formats: { customizers: { jwt: (_context, _token, parts) => customize(parts) } },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        getResourceServerInfo: () => resourceServer,
        useGrantedResource: () => true,
      },
    },
  };
}

/**
 * Start a provider whose issuer is its address and `path`. `token(claims)` returns a token of the provider with these
 * claims in place of its own; a claim that is undefined is omitted.
 */
export async function startProvider(path = '') {
  let claims = {};
  const customize = (parts) => {
    parts.header = { ...parts.header, typ: 'JWT' };
    Object.assign(parts.payload, claims);
  };
  let handle;
  const prefix = path.replace(/\/$/, '');
  const server = createServer((request, response) => {
    request.originalUrl = request.url; // as frameworks do for what they mount below a path
    request.url = request.url.slice(prefix.length);
    handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http://127.0.0.1:${server.address().port}`;
  const issuer = `${origin}${path}`;
  const provider = new Provider(issuer, configuration(customize));
  provider.on('server_error', (_context, error) => console.error(error));
  handle = provider.callback();

  async function token(wanted) {
    claims = wanted;
    const response = await fetch(`${origin}${prefix}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', ...CLIENT }),
    });
    const answer = await response.json();
    if (!answer.access_token) throw new Error(JSON.stringify(answer));
    return answer.access_token;
  }
  return { issuer, token, stop: () => new Promise((resolve) => server.close(resolve)) };
}
