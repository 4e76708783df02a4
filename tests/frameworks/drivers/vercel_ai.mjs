// Vercel's AI SDK.
import { createMCPClient, ElicitationRequestSchema } from '@ai-sdk/mcp';
import { Experimental_StdioMCPTransport } from '@ai-sdk/mcp/mcp-stdio';
import { answer, losing, reading, server, tell, wrong } from './told.mjs';

const client = await createMCPClient({
  transport: new Experimental_StdioMCPTransport(server),
  capabilities: { elicitation: {} },
});
client.onElicitationRequest(ElicitationRequestSchema, async (request) => answer(request.params));
const tools = await client.tools();
const call = ({ name, arguments: given }) =>
  tools[name].execute(given, { toolCallId: '1', messages: [] });
const told = { tools: Object.keys(tools) };
told.read = await call(reading);
told.wrong = await call(wrong);
told.lost = await call(losing);
await client.close();
tell('@ai-sdk/mcp', told);
