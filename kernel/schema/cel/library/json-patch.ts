import { declare, type Overload } from '../function.ts';
import { traversalCost } from './costs.ts';

/** Parts of the paths of a JSON patch (Kubernetes `library/jsonpatch.go`). */
export const jsonPatchLibrary: readonly Overload[] = declare(
  'jsonpatch.escapeKey',
  { 'string -> string': (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1') },
  traversalCost(0),
);
