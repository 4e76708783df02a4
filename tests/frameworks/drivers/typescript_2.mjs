// The TypeScript SDK, its second generation.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { answer, perform, server } from './told.mjs';

const client = new Client(
  { name: 'a client', version: '1' },
  { capabilities: { elicitation: { form: {} } } },
);
client.setRequestHandler('elicitation/create', async (request) => answer(request.params));
await perform('@modelcontextprotocol/client', client, new StdioClientTransport(server));
