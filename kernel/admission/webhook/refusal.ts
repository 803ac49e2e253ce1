import { ApiError, type StatusCause } from '../../meta/errors.ts';
import { isPlainObject } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';

/**
 * The refusal of a webhook: its Status, with the name of the webhook before the message; never a success (Kubernetes
 * `webhook/errors/statuserror.go`).
 */
export function refusalOf(webhook: string, status: JsonObject = {}): ApiError {
  const deniedBy = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const [message, reason, code] = [text(status['message']), text(status['reason']), status['code']];
  const explanation = message === '' ? reason : message;
  const answered = { code: typeof code === 'number' && code >= 400 && code <= 599 ? code : 400, reason };
  return new ApiError(
    'Unknown',
    explanation === '' ? `${deniedBy} without explanation` : `${deniedBy}: ${explanation}`,
    {
      ...detailsOf(status['details']),
      answered,
    },
  );
}

function detailsOf(details: Json | undefined) {
  if (!isPlainObject(details)) return {};
  const { causes } = details;
  const given = Array.isArray(causes) ? causes.filter(isPlainObject).map(causeOf) : [];
  return {
    name: text(details['name']),
    group: text(details['group']),
    kind: text(details['kind']),
    ...(given.length === 0 ? {} : { causes: given }),
  };
}

function causeOf({ reason, message, field }: JsonObject): StatusCause {
  return { reason: text(reason), message: text(message), ...(typeof field === 'string' ? { field } : {}) };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
