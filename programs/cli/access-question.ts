import type { AccessQuestion } from '../../kernel/auth/rbac/who-can.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import { CommandError, UsageError } from './exit.ts';
import { nearestWord } from './nearest.ts';

/** A resource as discovery shows it; subresources are entries of their own (`pods/log`). */
export interface DiscoveredResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly name: string;
  readonly singularName: string;
  readonly shortNames?: readonly string[];
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What a person asked about access. */
export interface AskedAccess {
  readonly verb: string;
  /** `pods`, `deploy/web`, `works.management.planform.dev/x`, `/healthz`. */
  readonly target: string;
  readonly namespace: string;
  /** Everywhere: only what counts in all namespaces. */
  readonly allNamespaces: boolean;
  /** Empty: none. */
  readonly subresource: string;
}

/** Verbs that no request has but that rules grant (Kubernetes RBAC, admission, node and certificate rights). */
const specialVerbs = ['approve', 'attest', 'bind', 'escalate', 'impersonate', 'sign', 'use', '*'];
const requestVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const pathVerbs = ['delete', 'get', 'head', 'options', 'patch', 'post', 'put', '*'];

/**
 * Turns what a person asked into the question authorizers answer.
 * @throws {CommandError} for a verb or resource that the server does not know, with the closest one it knows.
 */
export function accessQuestion(asked: AskedAccess, resources: readonly DiscoveredResource[]): AccessQuestion {
  const { verb, target, subresource } = asked;
  if (target.startsWith('/')) {
    requireVerb(verb, pathVerbs, `path "${target}"`);
    return { verb, group: '', resource: '', subresource: '', namespace: '', name: '', path: target };
  }
  const { word, name } = parseTarget(target);
  const found = findResource(word, resources);
  const { group, name: resource } = found;
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const shown = resources.find((one) => one.group === group && one.name === whole);
  if (shown === undefined) throw unknownSubresource(found, subresource, resources);
  requireVerb(verb, [...shown.verbs, ...specialVerbs], formatResource(whole, group));
  const namespace = found.namespaced && !asked.allNamespaces ? asked.namespace : '';
  return { verb, group, resource, subresource, namespace, name };
}

/** Reads `resource` or `resource/name`. @throws {UsageError} when it is neither. */
export function parseTarget(target: string): { readonly word: string; readonly name: string } {
  const [word = '', name = '', ...rest] = target.split('/');
  if (word !== '' && rest.length === 0 && (name !== '' || !target.includes('/'))) return { word, name };
  const hint = 'subresources are asked for by --subresource';
  throw new UsageError(`Cannot read "${target}": it must be <resource> or <resource>/<name>`, hint);
}

function requireVerb(verb: string, known: readonly string[], what: string): void {
  if (known.includes(verb)) return;
  const near = nearestWord(verb.toLowerCase(), known);
  const hint = near === undefined ? `possible are ${known.join(', ')}` : `did you mean "${near}"?`;
  const isVerb = requestVerbs.includes(verb);
  throw new CommandError(
    isVerb ? `Nobody can ${verb} ${what}: the server does not offer it` : `Verb "${verb}" is not known for ${what}`,
    hint,
  );
}

/** By plural, singular, short name or kind, any of them with the group behind it. */
function findResource(word: string, resources: readonly DiscoveredResource[]): DiscoveredResource {
  const wanted = word.toLowerCase();
  const whole = resources.filter(({ name }) => !name.includes('/'));
  const found = whole.find((one) => namesOf(one).has(wanted));
  if (found !== undefined) return found;
  const near = nearestWord(wanted, new Set(whole.flatMap((one) => [...namesOf(one)])));
  const hint = near === undefined ? '`kubectl api-resources` lists them' : `did you mean "${near}"?`;
  throw new CommandError(`Resource "${word}" is not served`, hint);
}

function namesOf({ group, name, singularName, shortNames = [], kind }: DiscoveredResource): ReadonlySet<string> {
  const names = [name, singularName, kind.toLowerCase(), ...shortNames];
  return new Set([...names, ...names.map((one) => formatResource(one, group))]);
}

function unknownSubresource(
  { name, group }: DiscoveredResource,
  subresource: string,
  resources: readonly DiscoveredResource[],
): CommandError {
  const own = resources.filter((one) => one.group === group && one.name.startsWith(`${name}/`));
  const known = own.map((one) => one.name.slice(name.length + 1));
  const near = nearestWord(subresource, known);
  const all = known.length === 0 ? 'it has none' : `it has ${known.toSorted().join(', ')}`;
  const hint = near === undefined ? all : `did you mean "${near}"?`;
  return new CommandError(`${formatResource(name, group)} has no subresource "${subresource}"`, hint);
}
