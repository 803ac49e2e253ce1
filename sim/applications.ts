import type { Random } from '../kernel/base/random.ts';
import type { JsonObject } from '../kernel/meta/object.ts';

/** Namespace of everything the users of a world make. */
export const shopNamespace = 'shop';
/** What happens to local edits, as in `spec.onReconnect` of an Application. */
export type OnReconnect = 'HubWins' | 'SiteWins' | 'Report';

/** What a user wants of one Application; everything in it is written out into manifests. */
export interface ApplicationIntent {
  readonly name: string;
  readonly color: string;
  readonly replicas: number;
  /** Has a ConfigMap more. */
  readonly hasExtra: boolean;
  readonly hasService: boolean;
  readonly onReconnect: OnReconnect;
}

/** Names of the applications users make. */
export const applicationNames = ['web', 'jobs'] as const;
const colors = ['red', 'green', 'blue', 'white'];

/** A first version of an Application. */
export function newIntent(name: string, random: Random): ApplicationIntent {
  return {
    name,
    color: pick(colors, random),
    replicas: 1 + Math.floor(random.nextFloat() * 2),
    hasExtra: random.nextFloat() < 0.5,
    hasService: random.nextFloat() < 0.7,
    onReconnect: pick(['HubWins', 'HubWins', 'SiteWins', 'Report'], random),
  };
}

/** The same Application with something else in it. */
export function changedIntent(intent: ApplicationIntent, random: Random): ApplicationIntent {
  const changes: Partial<ApplicationIntent>[] = [
    { color: pick(colors, random) },
    { replicas: 1 + (intent.replicas % 3) },
    { hasExtra: !intent.hasExtra },
    { hasService: !intent.hasService },
    { onReconnect: pick(['HubWins', 'SiteWins', 'Report'], random) },
  ];
  return { ...intent, ...pick(changes, random) };
}

/** The Application object of an intent. */
export function applicationOf(
  intent: ApplicationIntent,
): JsonObject & { readonly metadata: { readonly namespace: string; readonly name: string } } {
  const { name, onReconnect } = intent;
  return {
    apiVersion: 'application.planform.dev/v1alpha1',
    kind: 'Application',
    metadata: { namespace: shopNamespace, name },
    spec: {
      components: [
        { name: 'settings', type: 'manifests', manifests: settings(intent) },
        { name: 'program', type: 'manifests', manifests: program(intent), dependsOn: ['settings'] },
      ],
      placementRef: { name: 'edge' },
      onReconnect,
    },
  };
}

function settings({ name, color, hasExtra }: ApplicationIntent): JsonObject[] {
  const configMap = (suffix: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${name}-${suffix}` },
    data: { color },
  });
  return [configMap('settings'), ...(hasExtra ? [configMap('extra')] : [])];
}

function program({ name, color, replicas, hasService }: ApplicationIntent): JsonObject[] {
  const labels = { app: name };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name: 'main',
              image: 'none',
              command: ['serve'],
              ports: [{ name: 'http', containerPort: 8080 }],
              env: [
                { name: 'COLOR', value: color },
                { name: 'SETTING', valueFrom: { configMapKeyRef: { name: `${name}-settings`, key: 'color' } } },
              ],
            },
          ],
        },
      },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  };
  return hasService ? [deployment, service] : [deployment];
}

/** One of a list. */
export function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random.nextFloat() * choices.length)] as T;
}
