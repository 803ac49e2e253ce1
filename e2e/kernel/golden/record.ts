/**
 * Asks a real server of Kubernetes and keeps its answers: `node e2e/kernel/golden/record.ts custom|standard <url> <ca.pem>
 * <cert.pem> <key.pem> [sequence …]`. The server must be new and the certificate that of a member of `system:masters`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customRecordings, standardRecordings, transcriptOf } from './compare.ts';
import { openWire } from './wire.ts';

const [which = '', url = '', caPath = '', certPath = '', keyPath = '', ...wanted] = process.argv.slice(2);
const { folder, sequences, scrubbing, prepare } = which === 'standard' ? standardRecordings : customRecordings;
const target = process.env['GOLDEN_FOLDER'] ?? folder;
using wire = await openWire({ url, caPath, certPath, keyPath });
await prepare(wire);
for (const [name, sequence] of Object.entries(sequences)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const text = await transcriptOf(wire, sequence, scrubbing);
  writeFileSync(join(target, `${name}.txt`), text);
  console.log(`${name}: ${text.split('\n>>> ').length} requests`);
}
