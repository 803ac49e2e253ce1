import { X509Certificate } from 'node:crypto';
import type { FieldError } from '../../meta/errors.ts';
import type { ConfigurationFile, JwtConfiguration } from './configuration-file.ts';

/** What is wrong with fields beyond their types (Kubernetes `apis/apiserver/validation`, same texts). */
export function checkConfiguration(file: ConfigurationFile, ownIssuers: readonly string[]): readonly FieldError[] {
  const all = file.jwt ?? [];
  const seen = { url: new Set<string>(), discoveryURL: new Set<string>() };
  return [
    ...all.flatMap((jwt, index) => {
      const at = `jwt[${index}]`;
      return [
        ...checkIssuer(jwt, `${at}.issuer`, ownIssuers),
        ...unique(jwt.issuer.url, `${at}.issuer.url`, seen.url),
        ...unique(jwt.issuer.discoveryURL, `${at}.issuer.discoveryURL`, seen.discoveryURL),
        ...checkClaimRules(jwt, at),
        ...checkMappings(jwt, `${at}.claimMappings`),
      ];
    }),
    ...checkAnonymous(file),
  ];
}

function unique(value: string | undefined, path: string, seen: Set<string>): readonly FieldError[] {
  if (value === undefined || value === '') return [];
  if (seen.has(value)) return [{ type: 'Duplicate', path, value, detail: '' }];
  seen.add(value);
  return [];
}

function checkIssuer({ issuer }: JwtConfiguration, at: string, ownIssuers: readonly string[]): readonly FieldError[] {
  const { url, discoveryURL, audiences, audienceMatchPolicy = '', certificateAuthority } = issuer;
  const errors: FieldError[] = [...checkUrl(url, `${at}.url`)];
  if (ownIssuers.includes(url)) {
    errors.push(invalid(`${at}.url`, url, `URL must not overlap with disallowed issuers: [${ownIssuers.join(' ')}]`));
  }
  if (discoveryURL !== undefined && discoveryURL !== '') {
    errors.push(...checkUrl(discoveryURL, `${at}.discoveryURL`));
    const isSame = trimSlashes(url) === trimSlashes(discoveryURL);
    if (isSame) errors.push(invalid(`${at}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL'));
  }
  if (audiences.length === 0) errors.push(required(`${at}.audiences`, 'at least one issuer.audiences is required'));
  const seen = new Set<string>();
  for (const [index, audience] of audiences.entries()) {
    const path = `${at}.audiences[${index}]`;
    if (audience === '') errors.push(required(path, "audience can't be empty"));
    errors.push(...unique(audience, path, seen));
  }
  if (audiences.length > 1 && audienceMatchPolicy !== 'MatchAny') {
    const detail = 'audienceMatchPolicy must be MatchAny for multiple audiences';
    errors.push(invalid(`${at}.audienceMatchPolicy`, audienceMatchPolicy, detail));
  }
  if (certificateAuthority !== undefined && certificateAuthority !== '' && !isPem(certificateAuthority)) {
    errors.push(
      invalid(`${at}.certificateAuthority`, '<omitted>', 'data does not contain any valid RSA or ECDSA certificates'),
    );
  }
  return errors;
}

function checkUrl(text: string, path: string): readonly FieldError[] {
  if (text === '') return [required(path, 'URL is required')];
  if (!URL.canParse(text)) return [invalid(path, text, 'it is no URL')];
  const { protocol, username, password, search, hash } = new URL(text);
  const problems = [
    ...(protocol === 'https:' ? [] : ['URL scheme must be https']),
    ...(username === '' && password === '' ? [] : ['URL must not contain a username or password']),
    ...(search === '' ? [] : ['URL must not contain a query']),
    ...(hash === '' ? [] : ['URL must not contain a fragment']),
  ];
  // With a password in it the text must not be shown.
  return problems.map((detail) => invalid(path, password === '' ? text : '<omitted>', detail));
}

function trimSlashes(text: string): string {
  return text.replace(/\/+$/, '');
}

/** True if the text holds certificates and all of them can be read. */
function isPem(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).raw.length > 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

function checkClaimRules({ claimValidationRules = [] }: JwtConfiguration, at: string): readonly FieldError[] {
  const seen = { claim: new Set<string>(), expression: new Set<string>() };
  return claimValidationRules.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, index) => {
    const path = `${at}.claimValidationRules[${index}]`;
    if (claim !== '' && expression !== '') return [invalid(path, claim, "claim and expression can't both be set")];
    if (claim === '' && expression === '') return [required(path, 'claim or expression is required')];
    if (claim !== '') {
      const wrong =
        message === '' ? [] : [invalid(`${path}.message`, message, "message can't be set when claim is set")];
      return [...wrong, ...unique(claim, `${path}.claim`, seen.claim)];
    }
    const detail = "requiredValue can't be set when expression is set";
    const wrong = requiredValue === '' ? [] : [invalid(`${path}.requiredValue`, requiredValue, detail)];
    return [...wrong, ...unique(expression, `${path}.expression`, seen.expression)];
  });
}

function checkMappings({ claimMappings }: JwtConfiguration, at: string): readonly FieldError[] {
  const { username, groups, uid, extra = [] } = claimMappings;
  const errors: FieldError[] = [...checkPrefixed(username, `${at}.username`, true)];
  if (groups !== undefined) errors.push(...checkPrefixed(groups, `${at}.groups`, false));
  if (uid?.claim !== undefined && uid.claim !== '' && uid.expression !== undefined && uid.expression !== '') {
    errors.push(invalid(`${at}.uid`, '', "claim and expression can't both be set"));
  }
  const seen = new Set<string>();
  for (const [index, { key, valueExpression }] of extra.entries()) {
    const path = `${at}.extra[${index}]`;
    errors.push(...checkExtraKey(key, `${path}.key`), ...unique(key, `${path}.key`, seen));
    if (valueExpression === '') errors.push(required(`${path}.valueExpression`, 'valueExpression is required'));
  }
  return errors;
}

type Prefixed = JwtConfiguration['claimMappings']['username'];

function checkPrefixed(
  { claim = '', expression = '', prefix }: Prefixed,
  path: string,
  isRequired: boolean,
): readonly FieldError[] {
  const hasPrefix = prefix !== undefined && prefix !== null;
  if (claim !== '' && expression !== '') return [invalid(path, '', "claim and expression can't both be set")];
  if (isRequired && claim === '' && expression === '') return [required(path, 'claim or expression is required')];
  if (hasPrefix && expression !== '') {
    return [invalid(`${path}.prefix`, prefix, "prefix can't be set when expression is set")];
  }
  if (claim !== '' && !hasPrefix) {
    const detail = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing';
    return [required(`${path}.prefix`, detail)];
  }
  if (claim === '' && expression === '' && hasPrefix && prefix !== '') {
    return [invalid(`${path}.prefix`, prefix, 'non-empty prefix is set without claim')];
  }
  return [];
}

/** Keys of attributes live below a domain, and those of Kubernetes are not for issuers. */
function checkExtraKey(key: string, path: string): readonly FieldError[] {
  if (key === '') return [required(path, '')];
  const [domain = '', ...rest] = key.split('/');
  if (rest.length === 0 || rest.join('/') === '' || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(domain)) {
    return [invalid(path, key, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  if (/^(?:.*\.)?(?:k8s|kubernetes)\.io$/.test(domain)) {
    return [invalid(path, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use')];
  }
  return key === key.toLowerCase() ? [] : [invalid(path, key, 'key must be lowercase')];
}

function checkAnonymous({ anonymous }: ConfigurationFile): readonly FieldError[] {
  const { enabled = true, conditions = [] } = anonymous ?? {};
  if (!enabled && conditions.length > 0) {
    const detail = 'enabled should be set to true when conditions are defined';
    return [
      invalid(
        'anonymous.conditions',
        conditions.map(({ path }) => path),
        detail,
      ),
    ];
  }
  return conditions.flatMap(({ path }, index) => {
    const at = `anonymous.conditions[${index}].path`;
    return path.startsWith('/') ? [] : [invalid(at, path, 'it must begin with a "/"')];
  });
}

function invalid(path: string, value: unknown, detail: string): FieldError {
  return { type: 'Invalid', path, value, detail };
}

function required(path: string, detail: string): FieldError {
  return { type: 'Required', path, detail };
}
