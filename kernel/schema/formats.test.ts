import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasOpenFormat } from './formats.ts';

// Kubernetes: apiextensions-apiserver pkg/apiserver/validation/formats.go, every format a schema may name.
test('hasOpenFormat() knows the formats of custom resources', () => {
  const cases: Readonly<Record<string, { readonly valid: readonly string[]; readonly invalid: readonly string[] }>> = {
    bsonobjectid: { valid: ['507f1f77bcf86cd799439011'], invalid: ['507f1f77bcf86cd79943901', 'x'.repeat(24)] },
    cidr: { valid: ['10.0.0.0/8', '2001:db8::/32'], invalid: ['10.0.0.0', '10.0.0.0/33', '2001:db8::/129'] },
    creditcard: { valid: ['4111-1111-1111-1111', '5555555555554444'], invalid: ['4111111111111112', '123', ''] },
    date: { valid: ['2026-02-28'], invalid: ['2026-02-32', '2026-2-1', '2026-02-28T00:00:00Z'] },
    datetime: { valid: ['2026-02-28T00:00:00Z', '2026-02-28T00:00:00.5+01:00'], invalid: ['2026-02-28', 'now'] },
    duration: { valid: ['1h30m', '0', '-1.5s'], invalid: ['1', '1 hour', 'h'] },
    email: { valid: ['a@example.com'], invalid: ['example.com', '@', 'a@b c'] },
    hexcolor: { valid: ['#fff', 'A0b1C2'], invalid: ['#ffff', 'red'] },
    hostname: { valid: ['a.example.com', 'localhost'], invalid: ['-a', 'a b', 'x'.repeat(64)] },
    ipv4: { valid: ['10.0.0.1'], invalid: ['10.0.0.256', '::1'] },
    ipv6: { valid: ['::1', '2001:db8::1'], invalid: ['10.0.0.1', '2001:db8::1::'] },
    isbn: { valid: ['0-306-40615-2', '978-0-306-40615-7'], invalid: ['0-306-40615-3', '1'] },
    isbn10: { valid: ['080442957X'], invalid: ['0804429570', '9780306406157'] },
    isbn13: { valid: ['9780306406157'], invalid: ['9780306406158', '080442957X'] },
    'k8s-long-name': { valid: ['a.b-c.example'], invalid: ['A', 'a..b', '-a'] },
    'k8s-short-name': { valid: ['a-b', '1'], invalid: ['a.b', 'A', 'x'.repeat(64)] },
    mac: { valid: ['01:23:45:67:89:ab', '01-23-45-67-89-AB'], invalid: ['01:23:45:67:89', '01:23-45:67:89:ab'] },
    rgbcolor: { valid: ['rgb(0,128, 255)'], invalid: ['rgb(0,0,256)', 'rgb(0,0)', '#fff'] },
    ssn: { valid: ['123-45-6789', '123 45 6789', '123456789'], invalid: ['12-345-6789', '123'] },
    uri: { valid: ['https://example.com/a', '/a'], invalid: ['a b', 'example'] },
    uuid: { valid: ['6ba7b810-9dad-11d1-80b4-00c04fd430c8'], invalid: ['6ba7b810', 'x'.repeat(36)] },
    uuid3: { valid: ['6fa459ea-ee8a-3ca4-894e-db77e160355e'], invalid: ['6ba7b810-9dad-11d1-80b4-00c04fd430c8'] },
    uuid4: { valid: ['f47ac10b-58cc-4372-a567-0e02b2c3d479'], invalid: ['6fa459ea-ee8a-3ca4-894e-db77e160355e'] },
    uuid5: { valid: ['886313e1-3b8a-5372-9b90-0c9aee199e5d'], invalid: ['f47ac10b-58cc-4372-a567-0e02b2c3d479'] },
    password: { valid: ['', 'anything'], invalid: [] },
    'no such format': { valid: ['anything'], invalid: [] },
  };
  for (const [format, { valid, invalid }] of Object.entries(cases)) {
    for (const text of valid) assert.ok(hasOpenFormat(format, text), `"${text}" is a ${format}`);
    for (const text of invalid) assert.ok(!hasOpenFormat(format, text), `"${text}" is no ${format}`);
  }
});
