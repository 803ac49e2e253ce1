import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openWireWorld } from './testing/wire-world.ts';

/** Lines of `/metrics` that begin with a name and have all of the labels. */
function linesWith(text: string, name: string, ...labels: readonly string[]): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && labels.every((label) => line.includes(label)));
}

test('/metrics counts requests under the names and labels of kube-apiserver', async () => {
  // research/kernel.md §2.1: /metrics
  const world = await openWireWorld();
  const maps = '/api/v1/namespaces/default/configmaps';
  await world.send({ path: maps, body: { metadata: { name: 'a' } } });
  await world.send(maps);
  await world.send(`${maps}/absent`);
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } };
  const type = 'application/apply-patch+yaml';
  await world.send({ method: 'PATCH', path: `${maps}/b?fieldManager=m`, type, body });
  const watch = await world.watch(`${maps}?watch=1`);
  const { text } = await world.send('/metrics');
  const about = ['component="apiserver"', 'resource="configmaps"', 'version="v1"', 'group=""'];
  const total = (...labels: string[]) => linesWith(text, 'apiserver_request_total', ...about, ...labels);
  assert.match(total('verb="POST"', 'code="201"', 'scope="namespace"').join(), / 1$/);
  assert.match(total('verb="LIST"', 'code="200"').join(), / 1$/);
  assert.match(total('verb="GET"', 'code="404"', 'scope="resource"').join(), / 1$/);
  assert.match(total('verb="APPLY"', 'code="201"').join(), / 1$/);
  assert.match(total('verb="WATCH"', 'code="200"').join(), / 1$/);
  const durations = (name: string, ...labels: string[]) =>
    linesWith(text, `apiserver_request_duration_seconds_${name}`, ...about, ...labels);
  assert.match(durations('bucket', 'verb="LIST"', 'le="0.005"').join(), / 1$/);
  assert.match(durations('bucket', 'verb="LIST"', 'le="+Inf"').join(), / 1$/);
  assert.deepEqual(durations('count', 'verb="WATCH"'), []);
  assert.match(linesWith(text, 'apiserver_request_sli_duration_seconds_count', ...about, 'verb="LIST"').join(), / 1$/);
  assert.match(linesWith(text, 'apiserver_response_sizes_count', ...about, 'verb="LIST"').join(), / 1$/);
  assert.match(text, /^apiserver_current_inflight_requests\{request_kind="readOnly"\} 1$/m);
  watch.close();
});

test('names a client makes up are counted together', async () => {
  const world = await openWireWorld();
  for (let index = 0; index < 50; index++) {
    await world.send(`/api/v1/made-up-${index}`);
    await world.send(`/api/v1/namespaces/default/configmaps/a/made-up-${index}`);
    await world.send(`/apis/g${index}/v1/configmaps`);
    await world.send({ path: '/version', method: `MADE${index}` });
  }
  const { text } = await world.send('/metrics');
  assert.doesNotMatch(text, /made-up|MADE|group="g/i);
  assert.match(linesWith(text, 'apiserver_request_total', 'subresource="/other"', 'code="404"').join(), / 150$/);
});
