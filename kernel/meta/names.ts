/**
 * Names of the API and their rules, worded as Kubernetes words them (apimachinery `util/validation`). Every check
 * returns what is wrong, one text per broken rule without final period; an empty list means valid.
 */

const subdomainFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const labelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const serviceFormat = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValueFormat = `(${qualifiedFormat})?`;
const configKeyFormat = '[-._a-zA-Z0-9]+';

const subdomainPattern = new RegExp(`^${subdomainFormat}$`);
const labelPattern = new RegExp(`^${labelFormat}$`);
const servicePattern = new RegExp(`^${serviceFormat}$`);
const qualifiedPattern = new RegExp(`^${qualifiedFormat}$`);
const labelValuePattern = new RegExp(`^${labelValueFormat}$`);
const configKeyPattern = new RegExp(`^${configKeyFormat}$`);

/** Most characters of a DNS label, a label value and the name part of a qualified name. */
export const labelLengthMax = 63;
/** Most characters of a DNS subdomain: the limit of most object names. */
export const subdomainLengthMax = 253;

const none: readonly string[] = [];

/** RFC 1123 subdomain in lower case: the form of most object names. */
export function checkDnsSubdomain(text: string): readonly string[] {
  if (text.length <= subdomainLengthMax && subdomainPattern.test(text)) return none;
  return subdomainProblems(text, 'characters');
}

function subdomainProblems(text: string, unit: LengthUnit): readonly string[] {
  const message =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  const describe = () => formatProblem(message, subdomainFormat, ['example.com']);
  return problems(text, subdomainLengthMax, subdomainPattern.test(text), describe, unit);
}

/** RFC 1123 label in lower case: the form of namespaces, container and port names. */
export function checkDnsLabel(text: string): readonly string[] {
  const message =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  // What would be a subdomain only has dots too many.
  return problems(text, labelLengthMax, labelPattern.test(text), () =>
    subdomainPattern.test(text) ? 'must not contain dots' : formatProblem(message, labelFormat, ['my-name', '123-abc']),
  );
}

/** RFC 1035 label: the form of Service names; must begin with a letter. */
export function checkServiceName(text: string): readonly string[] {
  const message =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return problems(text, labelLengthMax, servicePattern.test(text), () =>
    formatProblem(message, serviceFormat, ['my-name', 'abc-123']),
  );
}

/** `name` or `prefix/name`: the form of label and annotation keys, finalizers and condition types. */
export function checkQualifiedName(text: string): readonly string[] {
  if (text.length <= labelLengthMax && qualifiedPattern.test(text)) return none;
  const message =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const parts = text.split('/');
  if (parts.length > 2) {
    const shown = formatProblem(message, qualifiedFormat, ['MyName', 'my.name', '123-abc']);
    return [`a valid label key ${shown} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const found: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] as string;
    if (prefix === '') found.push('prefix part must be non-empty');
    else found.push(...subdomainProblems(prefix, 'bytes').map((problem) => `prefix part ${problem}`));
  }
  const name = parts.at(-1) as string;
  if (name === '') found.push('name part must be non-empty');
  const isValid = qualifiedPattern.test(name);
  const describe = () => formatProblem(message, qualifiedFormat, ['MyName', 'my.name', '123-abc']);
  const inName = problems(name, labelLengthMax, isValid, describe, 'bytes');
  return [...found, ...inName.map((problem) => `name part ${problem}`)];
}

/** Value of a label; may be empty. */
export function checkLabelValue(text: string): readonly string[] {
  const message =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
  const describe = () => formatProblem(message, labelValueFormat, ['MyValue', 'my_value', '12345']);
  return problems(text, labelLengthMax, labelValuePattern.test(text), describe, 'bytes');
}

/** Key in the data of a ConfigMap or Secret. */
export function checkConfigKey(text: string): readonly string[] {
  const message = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
  const found = problems(text, subdomainLengthMax, configKeyPattern.test(text), () =>
    formatProblem(message, configKeyFormat, ['key.name', 'KEY_NAME', 'key-name']),
  );
  return [...found, ...dotProblems(text)];
}

/** Name of an environment variable. */
export function checkVariableName(text: string): readonly string[] {
  const message = "a valid environment variable name must consist only of printable ASCII characters other than '='";
  return /^[ -<>-~]+$/.test(text) ? none : [message];
}

/** Any name that can stand in a URL path: the form of RBAC objects. */
export function checkPathSegment(text: string): readonly string[] {
  if (text === '.' || text === '..') return [`may not be '${text}'`];
  return ['/', '%']
    .filter((character) => text.includes(character))
    .map((character) => `may not contain '${character}'`);
}

/** Name of a container or service port: ≤ 15 characters with at least one letter (RFC 6335). */
export function checkPortName(text: string): readonly string[] {
  const found: string[] = [];
  if (text.length > 15) found.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(text)) found.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(text)) found.push('must contain at least one letter (a-z)');
  if (text.includes('--')) found.push('must not contain consecutive hyphens');
  if (/^-|-$/.test(text)) found.push('must not begin or end with a hyphen');
  return found;
}

/** What upstream says a limit counts: `bytes` for what labels and keys are made of, `characters` for names. */
type LengthUnit = 'bytes' | 'characters';

function problems(
  text: string,
  lengthMax: number,
  matches: boolean,
  describe: () => string,
  unit: LengthUnit = 'characters',
): readonly string[] {
  if (matches && text.length <= lengthMax) return none;
  const found = text.length > lengthMax ? [`must be no more than ${lengthMax} ${unit}`] : [];
  if (!matches) found.push(describe());
  return found;
}

function dotProblems(text: string): readonly string[] {
  if (text === '.') return ["must not be '.'"];
  if (text === '..') return ["must not be '..'"];
  return text.startsWith('..') ? ["must not start with '..'"] : none;
}

/** The odd separator between examples is that of Kubernetes: clients compare these texts. */
function formatProblem(message: string, format: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${message} (e.g. ${shown}regex used for validation is '${format}')`;
}
