import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../kernel/meta/errors.ts';
import { claimSelectorProblems, selectorProblems } from './selectors.ts';

async function problemsOf(expression: string): Promise<readonly string[]> {
  return (await selectorProblems([{ cel: { expression } }], 'spec')).map(formatFieldError);
}

// Kubernetes: dynamic-resource-allocation/cel, the environment of device selectors.
test('selectorProblems() takes what selects devices', async () => {
  for (const expression of [
    'device.driver == "gpu.example.com"',
    'device.attributes["gpu.example.com"].model == "a" && "b" in device.attributes["x.example.com"]',
    'device.attributes["gpu.example.com"].isShared',
    'device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("1Gi"))',
    'cel.bind(dra, device.attributes["a.example.com"], dra.one && dra.two)',
    'device.attributes["a.example.com"].version.isGreaterThan(semver("1.0.0"))',
    'device.allowMultipleAllocations',
  ]) {
    assert.deepEqual(await problemsOf(expression), [], expression);
  }
});

test('selectorProblems() says what does not compile, or says nothing of yes or no', async () => {
  const at = 'spec.selectors[0].cel.expression';
  assert.match(
    (await problemsOf('nothing')).join(),
    /compilation failed: ERROR: <input>:1:1: undeclared reference to 'nothing'/,
  );
  assert.deepEqual(await problemsOf('device.driver'), [
    `${at}: Invalid value: "device.driver": must evaluate to bool or the unknown type, not string`,
  ]);
  assert.match((await problemsOf('device.wrong')).join(), /undefined field 'wrong'/);
  assert.deepEqual(await problemsOf('a'.repeat(10_241)), [`${at}: Too long: may not be more than 10240 bytes`]);
});

test('claimSelectorProblems() looks at every request and every choice', async () => {
  const selectors = [{ cel: { expression: 'nothing' } }];
  const requests = [
    { name: 'a', exactly: { deviceClassName: 'c', selectors } },
    { name: 'b', firstAvailable: [{ name: 'c', deviceClassName: 'c', selectors }] },
  ];
  const found = await claimSelectorProblems({ devices: { requests } }, 'spec');
  assert.deepEqual(
    found.map(({ path }) => path),
    [
      'spec.devices.requests[0].exactly.selectors[0].cel.expression',
      'spec.devices.requests[1].firstAvailable[0].selectors[0].cel.expression',
    ],
  );
});
