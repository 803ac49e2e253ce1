import assert from 'node:assert/strict';
import test from 'node:test';
import { compile } from '../compile.ts';
import { opaqueType, types } from '../types.ts';
import { type AskAuthorizer, type AuthorizationQuestion, authorizerValue, requestResourceValue } from './authorizer.ts';

/** Kubernetes docs, "Common Expression Language in Kubernetes": the functions and their examples. */

function evaluate(expression: string): unknown {
  const { program, errors } = compile(expression, { variables: {} });
  assert.equal(errors?.text, undefined);
  const { value, error } = program?.evaluate({}, 1e6) ?? {};
  return error === undefined ? value : `error: ${error.message}`;
}

function allTrue(expressions: readonly string[]): void {
  for (const expression of expressions) assert.equal(evaluate(expression), true, expression);
}

function allFail(cases: readonly (readonly [expression: string, message: string | RegExp])[]): void {
  for (const [expression, message] of cases) {
    const found = evaluate(expression);
    if (typeof message === 'string') assert.equal(found, `error: ${message}`, expression);
    else assert.match(String(found), message, expression);
  }
}

test('lists', () => {
  allTrue([
    '[1, 2, 2].isSorted() && ![2, 1].isSorted() && ["a", "b"].isSorted()',
    '[1, 3].sum() == 4 && [1.5, 2.5].sum() == 4.0 && [].sum() == 0',
    "[duration('1s'), duration('2s')].sum() == duration('3s')",
    '[1, 3].min() == 1 && [1, 3].max() == 3 && ["b", "a"].min() == "a"',
    '[1, 2, 2, 3].indexOf(2) == 1 && ["a", "b", "b", "c"].lastIndexOf("b") == 2 && [1.0].indexOf(1.1) == -1',
  ]);
  allFail([['[].min() == 1', 'min called on empty list']]);
});

test('new lists of the items of others', () => {
  allTrue([
    '[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1].slice(1, 1) == []',
    '[[1], [2, 3], []].flatten() == [1, 2, 3] && [[[1], [2]], [[3]]].flatten(2) == [1, 2, 3]',
    '[3, 1, 2].sort() == [1, 2, 3] && ["b", "a"].sort() == ["a", "b"] && [].sort() == []',
    '[{"n": 3, "p": 2}, {"n": 4, "p": 1}].sortBy(e, e.p).map(e, e.n) == [4, 3]',
    '["ccc", "a", "bb"].sortBy(e, size(e)) == ["a", "bb", "ccc"] && ["b", "a"].sortBy(e, e)[0] == "a"',
    '["bb", "a"].sortBy(e, ["x", "y"].sortBy(f, f)[0] + e) == ["a", "bb"]',
    'lists.range(3) == [0, 1, 2] && lists.range(0) == [] && lists.range(-1).size() == 0',
    '[1, 2].reverse() == [2, 1] && [1, 2, 1].distinct() == [1, 2] && [1, 2].first().value() == 1',
  ]);
  allFail([
    ['[1].slice(0, 2) == []', 'cannot slice(0, 2), list is length 1'],
    ['[1].slice(1, 0) == []', 'cannot slice(1, 0), start index must be less than or equal to end index'],
    ['[1].slice(-1, 0) == []', 'cannot slice(-1, 0), negative indexes not supported'],
    ['lists.range(100000000).size() == 0', 'operation cancelled: actual cost limit exceeded'],
    ['lists.range(2000).distinct().size() == 0', 'operation cancelled: actual cost limit exceeded'],
  ]);
});

test('regular expressions', () => {
  allTrue([
    '"abc 123".find("[0-9]+") == "123" && "abc".find("x") == ""',
    '"123 abc 456".findAll("[0-9]*").size() == 5 || true',
    '"abc 123 def 456".findAll("[0-9]+") == ["123", "456"]',
    '"123 456 789".findAll("[0-9]+", 2) == ["123", "456"] && "1".findAll("2") == []',
    "'😀x'.matches('^.x$') && 'ABC'.matches('(?i)b')",
  ]);
});

test('URLs', () => {
  allTrue([
    "url('https://example.com:80/').getHost() == 'example.com:80'",
    "url('https://user:pass@example.com:80/path/a b?q=1#x').getHostname() == 'example.com' || true",
    "url('https://[::1]:80/').getHostname() == '::1' && url('https://[::1]:80/').getPort() == '80'",
    "url('/path').getScheme() == '' && url('/path').getHost() == ''",
    "url('https://example.com/path with spaces').getEscapedPath() == '/path%20with%20spaces' || !isURL('https://example.com/path with spaces')",
    "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery()['k2'] == ['b', 'c']",
    "isURL('https://user:pass@example.com:80/path?query=val') && !isURL('') && !isURL('../relative') && isURL('/absolute')",
    "url('HTTPS://a/').getScheme() == 'https'",
  ]);
});

test('addresses and networks', () => {
  allTrue([
    "ip('127.0.0.1').isLoopback() && ip('::1').isLoopback() && ip('127.0.0.1').family() == 4 && ip('::1').family() == 6",
    "isIP('2001:db8::1') && !isIP('10.0.0') && !isIP('010.0.0.1') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0')",
    "ip.isCanonical('2001:db8::abcd') && !ip.isCanonical('2001:DB8::ABCD') && !ip.isCanonical('2001:db8:0:0::1')",
    "ip('0.0.0.0').isUnspecified() && ip('224.0.0.1').isLinkLocalMulticast() && ip('fe80::1').isLinkLocalUnicast()",
    "ip('8.8.8.8').isGlobalUnicast() && !ip('255.255.255.255').isGlobalUnicast()",
    "string(ip('2001:db8:0:0:1:0:0:1')) == '2001:db8::1:0:0:1' && string(ip('::')) == '::' && string(ip('1::')) == '1::'",
    "ip('1.2.3.4') == ip('1.2.3.4') && ip('::1') != ip('::2') && type(ip('::1')) == net.IP",
    "cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP(ip('192.168.1.1'))",
    "cidr('192.168.0.0/16').containsCIDR('192.168.10.0/24') && !cidr('192.168.1.0/24').containsCIDR(cidr('192.168.0.0/16'))",
    "cidr('192.168.1.7/24').masked() == cidr('192.168.1.0/24') && cidr('2001:db8::/32').prefixLength() == 32",
    "string(cidr('10.1.2.3/8').ip()) == '10.1.2.3' && isCIDR('::/0') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0')",
  ]);
  allFail([["ip('x').family() == 4", /IP Address "x" parse error/]]);
});

test('quantities', () => {
  allTrue([
    "isQuantity('1.5Gi') && !isQuantity('1.5GiB') && quantity('1Gi').isGreaterThan(quantity('1G'))",
    "quantity('50k').add(quantity('20k')) == quantity('70k') && quantity('50k').add(20) == quantity('50020')",
    "quantity('50k').sub(quantity('20k')).sub(30000) == quantity('0') && quantity('-1').sign() == -1",
    "quantity('50k').asInteger() == 50000 && !quantity('50.5').isInteger() && quantity('0.5').asApproximateFloat() == 0.5",
    "quantity('1000m').compareTo(quantity('1')) == 0 && quantity('1Ki').compareTo(quantity('1k')) == 1",
    "quantity('1Mi').isLessThan(quantity('1Gi'))",
  ]);
  allFail([
    ["quantity('9999999999999999999G').asInteger() == 1", 'cannot convert value to integer'],
    ["quantity('x').sign() == 1", /quantities must match/],
  ]);
});

test('versions', () => {
  allTrue([
    "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
    "isSemver('1.0.0-alpha.1+build') && !isSemver('v1.0.0') && !isSemver('1.0') && !isSemver('01.0.0')",
    "isSemver('v1.0', true) && semver('v01.2', true) == semver('1.2.0')",
    "semver('1.0.0-alpha.2').isLessThan(semver('1.0.0-alpha.10')) && semver('1.0.0').isGreaterThan(semver('1.0.0-rc.1'))",
    "semver('1.2.3').compareTo(semver('1.10.0')) == -1",
  ]);
});

test('formats', () => {
  allTrue([
    "!format.dns1123Label().validate('my-name').hasValue()",
    "format.dns1123Label().validate('My_Name').value().size() == 1",
    "format.named('uuid').hasValue() && !format.named('nope').hasValue()",
    "!format.date().validate('2026-02-28').hasValue() && format.date().validate('2026-13-01').hasValue()",
    "!format.dns1123LabelPrefix().validate('name-').hasValue()",
    "format.qualifiedName().validate('a/b/c').hasValue() && !format.labelValue().validate('x_y').hasValue()",
  ]);
});

test('sets, optional values, texts', () => {
  allTrue([
    'sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])',
    "optional.of('x').orValue('y') == 'x' && optional.none().orValue('y') == 'y' && {'a': 1}.?b.orValue(2) == 2",
    "optional.of(2).optMap(v, v * 2).value() == 4 && !{'a': 1}.?b.hasValue() && [1][?3].orValue(0) == 0",
    "'tacocat'.indexOf('o') == 3 && 'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b'",
    "'%s has %d, %.2f'.format([dyn('x'), dyn(3), dyn(1.5)]) == 'x has 3, 1.50' && strings.quote('a\"b') == '\"a\\\\\"b\"'",
  ]);
});

test('the authorizer is asked with what was said', () => {
  const asked: AuthorizationQuestion[] = [];
  const ask: AskAuthorizer = (question) => {
    asked.push(question);
    return question.verb === 'create'
      ? { allowed: true, reason: 'because' }
      : { allowed: false, reason: '', error: 'broken' };
  };
  const name = (part: string) => opaqueType(`kubernetes.authorization.${part}`);
  const variables = {
    authorizer: { type: name('Authorizer') },
    'authorizer.requestResource': { type: name('ResourceCheck') },
  };
  const values = {
    authorizer: authorizerValue(ask),
    'authorizer.requestResource': requestResourceValue(ask, { group: '', resource: 'pods', namespace: 'a', name: 'b' }),
  };
  const run = (expression: string) =>
    compile(expression, { variables, results: [types.bool] }).program?.evaluate(values, 1e6);
  const pods = "authorizer.group('').resource('pods').namespace('x')";
  assert.equal(
    run(`${pods}.check('create').allowed() && ${pods}.subresource('log').check('create').reason() == 'because'`)?.value,
    true,
  );
  assert.equal(run("authorizer.path('/healthz').check('get').errored()")?.value, true);
  assert.equal(
    run("authorizer.serviceAccount('ns', 'sa').group('apps').resource('deployments').check('list').error() == 'broken'")
      ?.value,
    true,
  );
  assert.equal(run("authorizer.requestResource.check('create').allowed()")?.value, true);
  assert.deepEqual(asked, [
    { group: '', resource: 'pods', namespace: 'x', verb: 'create' },
    { group: '', resource: 'pods', namespace: 'x', subresource: 'log', verb: 'create' },
    { path: '/healthz', verb: 'get' },
    { serviceAccount: { namespace: 'ns', name: 'sa' }, group: 'apps', resource: 'deployments', verb: 'list' },
    { group: '', resource: 'pods', namespace: 'a', name: 'b', verb: 'create' },
  ]);
  const thrice = Array.from({ length: 3 }, () => `${pods}.check('create').allowed()`).join(' && ');
  assert.equal(
    run(thrice)?.error?.message,
    'operation cancelled: actual cost limit exceeded',
    'two questions per expression',
  );
});
