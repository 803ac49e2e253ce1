/** What is known of the use of quotas, always true of every write that was answered. */
export interface QuotaUse {
  /** `status.used` of a quota; `undefined` when there is none of that name. */
  used(namespace: string, name: string): Readonly<Record<string, string>> | undefined;
  /** Calls `listener` when the use of a quota may have changed. It must be quick and not throw. */
  onChange(listener: (namespace: string, name: string) => void): void;
}
