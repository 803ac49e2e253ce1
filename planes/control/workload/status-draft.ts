import type { Mutable } from '../../../kernel/controller/controller.ts';

/** Makes the status draft of a pass say exactly `status`. */
export function replaceStatus<S extends object>(draft: Mutable<Partial<S>>, status: S): void {
  const fields = draft as Record<string, unknown>;
  for (const name of Object.keys(fields)) if (!(name in status)) delete fields[name];
  Object.assign(fields, status);
}
