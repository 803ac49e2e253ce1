/**
 * Keeps what OpenAPI documents of Kubernetes say of the groups and versions we serve: `node e2e/kernel/golden/openapi/record.ts
 * <folder>`, where the folder is `api/openapi-spec/v3` of the module k8s.io/kubernetes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, factsOf, packFacts } from './facts.ts';

const [folder = ''] = process.argv.slice(2);
/** Groups in alpha and beta, and what storage servers among themselves say, are not served. */
const isServed = (name: string) => /^apis?__.*v[12]_openapi\.json$/.test(name) && !/v\d(alpha|beta)\d/.test(name);
const facts = readdirSync(folder)
  .filter(isServed)
  .flatMap((name) => factsOf(JSON.parse(readFileSync(join(folder, name), 'utf8')) as Document));
writeFileSync(join(import.meta.dirname, 'kubernetes.txt'), packFacts([...new Set(facts)].sort()));
