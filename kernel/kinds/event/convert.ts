import type { JsonObject } from '../../meta/object.ts';

/** What fields of core/v1 Events are called in events.k8s.io/v1; all others have one name in both. */
const fieldNames: Readonly<Record<string, string>> = {
  involvedObject: 'regarding',
  message: 'note',
  reportingComponent: 'reportingController',
  source: 'deprecatedSource',
  firstTimestamp: 'deprecatedFirstTimestamp',
  lastTimestamp: 'deprecatedLastTimestamp',
  count: 'deprecatedCount',
};
const coreFieldNames = Object.fromEntries(Object.entries(fieldNames).map(([core, other]) => [other, core]));

/** An Event of either group in the form of `apiVersion` (Kubernetes `pkg/apis/events/v1/conversion.go`). */
export function convertEvent(event: JsonObject, apiVersion: string): JsonObject {
  const names = apiVersion === 'v1' ? coreFieldNames : fieldNames;
  const converted: Record<string, JsonObject[string]> = {};
  for (const [field, value] of Object.entries(event)) {
    converted[Object.hasOwn(names, field) ? (names[field] ?? field) : field] = value;
  }
  converted['apiVersion'] = apiVersion;
  return converted;
}
