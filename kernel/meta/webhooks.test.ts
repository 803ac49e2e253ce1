import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from './errors.ts';
import { validateWebhookLocation, type WebhookLocation } from './webhooks.ts';

// Kubernetes: apiserver pkg/util/webhook/validation.go.
test('validateWebhookLocation() says everything that is wrong', () => {
  const service = { namespace: 'web', name: 'hook' };
  const pem = btoa('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  const cases: readonly [WebhookLocation, readonly string[]][] = [
    [{ url: 'https://example.com/convert', caBundle: pem }, []],
    [{ service: { ...service, path: '/a/b', port: 8443 } }, []],
    [{}, ['c: Required value: exactly one of url or service is required']],
    [{ url: 'https://a', service }, ['c: Required value: exactly one of url or service is required']],
    [
      { url: 'http://a/?b=c#d' },
      [
        `c.url: Invalid value: "http": 'https' is the only allowed URL scheme; desired format: https://host[/path]`,
        'c.url: Invalid value: "d": fragments are not permitted in the URL',
        'c.url: Invalid value: "b=c": query parameters are not permitted in the URL',
      ],
    ],
    [{ url: 'https://me@a' }, ['c.url: Invalid value: "me": user information is not permitted in the URL']],
    [
      { url: 'convert' },
      ['c.url: Required value: url must be a valid URL: convert; desired format: https://host[/path]'],
    ],
    [
      { service: { namespace: '', name: '', port: 0, path: 'x//y' } },
      [
        'c.service.name: Required value: service name is required',
        'c.service.namespace: Required value: service namespace is required',
        'c.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
        `c.service.path: Invalid value: "x//y": must start with a '/'`,
        'c.service.path: Invalid value: "x//y": segment[0] may not be empty',
        'c.service.path: Invalid value: "x//y": segment[1] may not be empty',
      ],
    ],
    [
      { url: 'https://a', caBundle: 'bm8=' },
      ['c.caBundle: Invalid value: "bm8=": unable to load root certificates: unable to parse bytes as PEM block'],
    ],
  ];
  for (const [location, texts] of cases) {
    assert.deepEqual(validateWebhookLocation(location, 'c').map(formatFieldError), texts, JSON.stringify(location));
  }
});
