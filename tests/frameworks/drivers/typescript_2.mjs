// The TypeScript SDK, its second generation.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { answer, losing, reading, server, tell, wrong } from './told.mjs';

const client = new Client(
  { name: 'a client', version: '1' },
  { capabilities: { elicitation: { form: {} } } },
);
client.setRequestHandler('elicitation/create', async (request) => answer(request.params));
await client.connect(new StdioClientTransport(server));
const { tools } = await client.listTools();
const told = { tools: tools.map((tool) => tool.name) };
told.read = await client.callTool(reading);
told.wrong = await client.callTool(wrong);
told.lost = await client.callTool(losing);
await client.close();
tell('@modelcontextprotocol/client', told);
