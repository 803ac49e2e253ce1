import { createSecretKey } from 'node:crypto';
import { keyIdBytesMax, serviceNameBytesMax } from '../../kernel/ports/keys.ts';
import { type LocalKey, localKeyBytes } from '../../kernel/store/sealed/local-keys.ts';
import { clearProvider, type SealingRule } from '../../kernel/store/sealed/sealing.ts';

/** A key service as a configuration describes it. */
export type ServiceConfig =
  | { readonly kind: 'keyFile'; readonly name: string; readonly path: string }
  | { readonly kind: 'aesgcm'; readonly name: string; readonly keys: readonly LocalKey[] }
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly argv: readonly string[];
      readonly timeoutMs: number;
    };

/** What is encrypted, and with whose keys. */
export interface EncryptionConfiguration {
  readonly rules: readonly SealingRule[];
  readonly services: readonly ServiceConfig[];
}

/** A configuration is not one. The message names the place, never a key. */
export class EncryptionConfigurationError extends Error {
  override readonly name = 'EncryptionConfigurationError';
}

const rulesMax = 100;
const providersMax = 20;
/** Kubernetes: how long a KMS plugin may take, unless it is said. */
const timeoutMsDefault = 3_000;
const timeoutMsMax = 60_000;
const argumentsMax = 100;

/**
 * Reads an `apiserver.config.k8s.io/v1` EncryptionConfiguration. Of Kubernetes' providers there are `identity` and `aesgcm` (with
 * keys of 32 bytes, which wrap data keys here); besides them `keyFile` and `command`.
 * @throws {EncryptionConfigurationError} naming the place.
 */
export function parseEncryptionConfiguration(value: unknown): EncryptionConfiguration {
  const { apiVersion, kind, resources, ...rest } = fields(value, '');
  if (apiVersion !== 'apiserver.config.k8s.io/v1' || kind !== 'EncryptionConfiguration') {
    throw new EncryptionConfigurationError('it must be an apiserver.config.k8s.io/v1 EncryptionConfiguration');
  }
  noMore(rest, '');
  const services = new Map<string, ServiceConfig>();
  const rules = list(resources, 'resources', rulesMax).map((rule, index) =>
    parseRule(fields(rule, `resources[${index}]`), `resources[${index}]`, services),
  );
  return { rules, services: [...services.values()] };
}

function parseRule(
  { resources, providers, ...rest }: Fields,
  place: string,
  services: Map<string, ServiceConfig>,
): SealingRule {
  noMore(rest, place);
  const names = list(providers, `${place}.providers`, providersMax).map((provider, index) => {
    const at = `${place}.providers[${index}]`;
    const [[kind, settings] = ['', undefined], ...others] = Object.entries(fields(provider, at));
    if (kind === '' || others.length > 0) throw wrong(at, 'must name exactly one provider');
    if (kind === clearProvider) return clearProvider;
    const service = parseService(kind, fields(settings, `${at}.${kind}`), `${at}.${kind}`);
    const known = services.get(service.name);
    if (known !== undefined && !isSame(known, service)) {
      throw wrong(`${at}.${kind}`, `has the name "${service.name}" of another provider: give it one of its own`);
    }
    services.set(service.name, service);
    return service.name;
  });
  const patterns = list(resources, `${place}.resources`, 1_000).map((pattern, index) =>
    parsePattern(pattern, `${place}.resources[${index}]`),
  );
  return { resources: patterns, providers: names };
}

function parsePattern(value: unknown, place: string): string {
  const pattern = text(value, place, 253);
  if (/^(\*\.(\*|[a-z0-9.-]*)|[a-z0-9-]+(\.[a-z0-9.-]+)?)$/.test(pattern)) return pattern;
  throw wrong(place, `is "${pattern}": it must be a resource, <resource>.<group>, *.<group>, *. or *.*`);
}

function parseService(kind: string, settings: Fields, place: string): ServiceConfig {
  const { name = kind, ...rest } = settings;
  if (kind === 'aesgcm') {
    noMore(rest, place, 'keys', 'name');
    const keys = list(rest['keys'], `${place}.keys`, 100).map((key, index) => parseKey(key, `${place}.keys[${index}]`));
    return { kind, name: serviceName(name, place), keys };
  }
  if (kind === 'keyFile') {
    noMore(rest, place, 'path');
    const path = text(rest['path'], `${place}.path`, 4_096);
    if (!path.startsWith('/')) throw wrong(`${place}.path`, `is "${path}": it must be absolute`);
    return { kind, name: serviceName(name, place), path };
  }
  if (kind === 'command') {
    noMore(rest, place, 'argv', 'timeout');
    const argv = list(rest['argv'], `${place}.argv`, argumentsMax).map((part, index) =>
      text(part, `${place}.argv[${index}]`, 4_096, 0),
    );
    return { kind, name: serviceName(name, place), argv, timeoutMs: parseTimeout(rest['timeout'], `${place}.timeout`) };
  }
  const hint = 'use aesgcm, keyFile, command (a key management service) or identity';
  throw wrong(place, `is a provider that is not supported here: ${hint}`);
}

/** `default` is the service of the folder's own key file. */
function serviceName(value: unknown, place: string): string {
  const name = text(value, `${place}.name`, serviceNameBytesMax);
  if (name === 'default' || name === clearProvider || !/^[\w.-]+$/.test(name)) {
    throw wrong(`${place}.name`, `is "${name}": it must be letters, digits, ".", "-" and "_", and not a reserved name`);
  }
  return name;
}

function parseKey(value: unknown, place: string): LocalKey {
  const { name, secret, ...rest } = fields(value, place);
  noMore(rest, place);
  const bytes = Buffer.from(typeof secret === 'string' ? secret : '', 'base64');
  if (bytes.length !== localKeyBytes) {
    throw wrong(`${place}.secret`, `must be base64 of ${localKeyBytes} bytes, it is of ${bytes.length}`);
  }
  return { id: text(name, `${place}.name`, keyIdBytesMax), key: createSecretKey(bytes) };
}

function parseTimeout(value: unknown, place: string): number {
  if (value === undefined) return timeoutMsDefault;
  const [, number, unit] = /^(\d{1,6})(ms|s)$/.exec(typeof value === 'string' ? value : '') ?? [];
  const ms = Number(number) * (unit === 's' ? 1_000 : 1);
  if (ms >= 1 && ms <= timeoutMsMax) return ms;
  throw wrong(place, `must be a time such as 3s or 500ms, at most ${timeoutMsMax / 1_000}s`);
}

function isSame(a: ServiceConfig, b: ServiceConfig): boolean {
  if (a.kind === 'aesgcm' && b.kind === 'aesgcm') {
    return (
      a.keys.length === b.keys.length &&
      a.keys.every(({ id, key }, index) => b.keys[index]?.id === id && b.keys[index].key.equals(key))
    );
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, place: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw wrong(place, 'must have fields');
}

function list(value: unknown, place: string, countMax: number): readonly unknown[] {
  if (Array.isArray(value) && value.length >= 1 && value.length <= countMax) return value;
  throw wrong(place, `must be a list of 1 to ${countMax}`);
}

function text(value: unknown, place: string, bytesMax: number, bytesMin = 1): string {
  const isFit = typeof value === 'string' && Buffer.byteLength(value) <= bytesMax && value.length >= bytesMin;
  if (isFit && !value.includes('\0')) return value;
  throw wrong(place, `must be a text of ${bytesMin} to ${bytesMax} bytes`);
}

function noMore(rest: Fields, place: string, ...known: readonly string[]): void {
  const unknown = Object.keys(rest).find((name) => !known.includes(name));
  if (unknown !== undefined) throw wrong(place, `has an unknown field "${unknown}"`);
}

function wrong(place: string, what: string): EncryptionConfigurationError {
  return new EncryptionConfigurationError(`${place === '' ? 'it' : place} ${what}`);
}
