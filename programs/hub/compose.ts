import type { KindDefinition } from '../../kernel/schema/kind.ts';
import type { PlaneParts } from '../apiserver/assemble.ts';
import { controlKinds } from '../../planes/control/index.ts';

/** Kinds of a hub besides the kernel's own. */
export const hubKinds: readonly KindDefinition[] = [...controlKinds];

/** Plugs the planes of a hub into its kernel. */
export function plugHub(): PlaneParts {
  return {};
}
