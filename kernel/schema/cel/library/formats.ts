import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkLabelValue,
  checkQualifiedName,
  checkServiceName,
} from '../../../meta/names.ts';
import { hasFormat, hasOpenFormat } from '../../formats.ts';
import { declare, type Overload } from '../function.ts';
import { none, Opaque, Optional } from '../values.ts';
import { fixedCost, traversalCost } from './costs.ts';

/** Named formats of texts (Kubernetes `library/format.go`). */

class Format extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly check: (text: string) => readonly string[];

  constructor(name: string, check: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.check = check;
  }

  equals(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name;
  }
}

/** Names that generated suffixes go behind may end in a dash. */
function prefixOf(check: (text: string) => readonly string[]): (text: string) => readonly string[] {
  return (text) => check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);
}

function formatted(name: string, message: string): (text: string) => readonly string[] {
  return (text) => (hasOpenFormat(name, text) ? [] : [message]);
}

const formats: readonly Format[] = [
  new Format('dns1123Label', checkDnsLabel),
  new Format('dns1123Subdomain', checkDnsSubdomain),
  new Format('dns1035Label', checkServiceName),
  new Format('qualifiedName', checkQualifiedName),
  new Format('dns1123LabelPrefix', prefixOf(checkDnsLabel)),
  new Format('dns1123SubdomainPrefix', prefixOf(checkDnsSubdomain)),
  new Format('dns1035LabelPrefix', prefixOf(checkServiceName)),
  new Format('labelValue', checkLabelValue),
  new Format('uri', formatted('uri', 'invalid URI')),
  new Format('uuid', formatted('uuid', 'does not match the UUID format')),
  new Format('byte', (text) => (hasFormat('byte', text) ? [] : ['invalid base64'])),
  new Format('date', formatted('date', 'invalid date')),
  new Format('datetime', (text) => (hasFormat('date-time', text) ? [] : ['invalid datetime'])),
];

const byName = new Map(formats.map((format) => [format.name, format]));

function validate(format: Format, text: string): Optional {
  const problems = format.check(text);
  return problems.length === 0 ? none : new Optional(problems);
}

/** The library. */
export const formatsLibrary: readonly Overload[] = [
  ...formats.flatMap((format) =>
    declare(`format.${format.name}`, { '-> kubernetes.NamedFormat': () => format }, fixedCost(1)),
  ),
  ...declare(
    'format.named',
    {
      'string -> optional(kubernetes.NamedFormat)': (name: string) => {
        const format = byName.get(name);
        return format === undefined ? none : new Optional(format);
      },
    },
    fixedCost(1),
  ),
  ...declare(
    'validate',
    { 'self: kubernetes.NamedFormat, string -> optional(list(string))': validate },
    traversalCost(1),
  ),
];
