/** From the command line to the command: finds it, runs it, and turns what it throws into words and a status. */

import { asProblem, errors } from './base/errors.ts';
import { commands } from './cli/commands.ts';
import { run } from './cli/run.ts';

const status = await run(commands, process.argv.slice(2)).catch((thrown: unknown) => {
  const problem = asProblem(thrown);
  console.error(`systemmanager-mcp: ${problem.detail}`);
  if (problem.hint !== undefined) console.error(problem.hint);
  if (problem.code === 'internal') console.error(problem.cause);
  return problem.kind === errors.usage_invalid ? 2 : 1;
});
process.exit(status);
