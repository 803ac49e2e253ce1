import { runProgram } from './program.ts';

// A closed terminal or pipe must not keep the rest from being done.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const failure = await runProgram(process.argv.slice(2));
if (failure !== undefined) process.exitCode = failure;
