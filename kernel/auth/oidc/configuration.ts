import { type FieldError, formatFieldError } from '../../meta/errors.ts';
import { cloneJson } from '../../meta/json.ts';
import type { JsonObject } from '../../meta/object.ts';
import { compileSchema } from '../../schema/compile.ts';
import { checkConfiguration } from './check-configuration.ts';
import { type ConfigurationFile, configurationSchema } from './configuration-file.ts';
import { compileIssuer, type CompiledIssuer } from './expressions.ts';

/** How users are known, ready for use. */
export interface AuthenticationConfiguration {
  readonly issuers: readonly CompiledIssuer[];
  /** Whether a request without credentials for a path is answered. */
  readonly allowsAnonymous: (path: string) => boolean;
}

/** The configuration cannot be used. All that is wrong with it is in the message. */
export class AuthenticationConfigurationError extends Error {
  override readonly name = 'AuthenticationConfigurationError';
}

const apiVersion = 'apiserver.config.k8s.io/v1';
const kind = 'AuthenticationConfiguration';

/**
 * Checks a configuration as it stands in a file (decoded YAML or JSON) and compiles its expressions.
 * @param ownIssuers `iss` of tokens of this server: nobody else may issue under that name.
 * @throws {AuthenticationConfigurationError} naming every field that is wrong (apiserver `apis/apiserver/validation`).
 */
export function parseConfiguration(value: JsonObject, ownIssuers: readonly string[]): AuthenticationConfiguration {
  const draft = cloneJson(value) as Record<string, unknown>;
  if (draft['apiVersion'] !== apiVersion || draft['kind'] !== kind) {
    const found = `apiVersion ${JSON.stringify(draft['apiVersion'])}, kind ${JSON.stringify(draft['kind'])}`;
    throw new AuthenticationConfigurationError(
      `it has ${found}: it must have apiVersion "${apiVersion}", kind "${kind}"`,
    );
  }
  const compiled = compileSchema(configurationSchema);
  const unknown = compiled.prune(draft);
  if (unknown.length > 0) throw new AuthenticationConfigurationError(`unknown field ${JSON.stringify(unknown[0])}`);
  refuse(compiled.validate(draft));
  const file = draft as ConfigurationFile;
  refuse(checkConfiguration(file, ownIssuers));
  const errors: FieldError[] = [];
  const issuers = (file.jwt ?? []).map((jwt, index) => compileIssuer(jwt, `jwt[${index}]`, errors));
  refuse(errors);
  return { issuers, allowsAnonymous: anonymousRule(file) };
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw new AuthenticationConfigurationError(errors.map(formatFieldError).join('; '));
}

function anonymousRule({ anonymous }: ConfigurationFile): (path: string) => boolean {
  if (anonymous === undefined) return () => true;
  const paths = (anonymous.conditions ?? []).map(({ path }) => path);
  if (!anonymous.enabled || paths.length === 0) return () => anonymous.enabled;
  const allowed = new Set(paths);
  return (path) => allowed.has(path);
}
