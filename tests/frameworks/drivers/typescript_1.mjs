// The TypeScript SDK, its first generation.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { answer, perform, server } from './told.mjs';

const client = new Client(
  { name: 'a client', version: '1' },
  { capabilities: { elicitation: {} } },
);
client.setRequestHandler(ElicitRequestSchema, async (request) => answer(request.params));
await perform('@modelcontextprotocol/sdk', client, new StdioClientTransport(server));
