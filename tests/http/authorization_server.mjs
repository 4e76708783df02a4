// The certified provider of npm, as an operator would set it up for one MCP server.
// node authorization_server.mjs NODE_MODULES RESOURCE: prints its address, serves until killed.
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const scopes = ['clickpipes:read', 'clickpipes:write', 'clickpipes:destroy'];
const [modules, resource] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));
const listener = createServer();
listener.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${listener.address().port}`;
  const provider = new Provider(issuer, {
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: scopes.join(' '),
          audience: resource,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    scopes: ['openid', 'offline_access', ...scopes],
    pkce: { required: () => true },
  });
  listener.on('request', provider.callback());
  console.log(issuer);
});
