/**
 * A container cannot be started now because something its spec refers to is not there or not supported. Expected: it
 * becomes the container's waiting state, and the pod is looked at again when what it refers to changes.
 */
export class MissingInput extends Error {
  override readonly name = 'MissingInput';
  /** Reason of the waiting state: `CreateContainerConfigError`, `ContainerCreating` … */
  readonly reason: string;
  /** What it waits for, in the pod's namespace. */
  readonly on: { readonly kind: string; readonly name: string } | undefined;

  constructor(reason: string, message: string, on?: { readonly kind: string; readonly name: string }) {
    super(message);
    this.reason = reason;
    this.on = on;
  }
}
