// What every program here is told, and what it tells: one line of JSON on standard output.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [command, ...args] = JSON.parse(process.env.SERVER_COMMAND);
export const server = { command, args, env: JSON.parse(process.env.SERVER_SETTINGS) };
const pipe = process.env.SERVER_PIPE;
export const reading = { name: 'list_clickpipes', arguments: {} };
export const wrong = { name: 'get_clickpipe', arguments: { clickpipe: 'no-such-pipe' } };
export const losing = { name: 'delete_clickpipe', arguments: { clickpipe: pipe } };

const asked = [];
export const answer = ({ message, requestedSchema }) => {
  asked.push(message);
  const names = Object.keys(requestedSchema.properties);
  return { action: 'accept', content: Object.fromEntries(names.map((name) => [name, pipe])) };
};

export const tell = (distribution, told) => {
  const manifest = join(process.env.NODE_PREFIX, 'node_modules', distribution, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  console.log(JSON.stringify({ version, asked, ...told }));
};

export const perform = async (distribution, client, transport) => {
  await client.connect(transport);
  const { tools } = await client.listTools();
  const told = { tools: tools.map((tool) => tool.name) };
  told.read = await client.callTool(reading);
  told.wrong = await client.callTool(wrong);
  told.lost = await client.callTool(losing);
  await client.close();
  tell(distribution, told);
};
