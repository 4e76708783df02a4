// The TypeScript SDK, its first generation.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { answer, losing, reading, server, tell, wrong } from './told.mjs';

const client = new Client(
  { name: 'a client', version: '1' },
  { capabilities: { elicitation: {} } },
);
client.setRequestHandler(ElicitRequestSchema, async (request) => answer(request.params));
await client.connect(new StdioClientTransport(server));
const { tools } = await client.listTools();
const told = { tools: tools.map((tool) => tool.name) };
told.read = await client.callTool(reading);
told.wrong = await client.callTool(wrong);
told.lost = await client.callTool(losing);
await client.close();
tell('@modelcontextprotocol/sdk', told);
