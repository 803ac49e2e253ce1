import type { Conversation, Sequence } from './conversation.ts';
import { group } from './definitions.ts';
import { widget } from './writes.ts';

const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
const encode = encodeURIComponent;
const revisionOf = ({ json }: { readonly json: Readonly<Record<string, unknown>> }): string =>
  (json['metadata'] as { resourceVersion?: string } | undefined)?.resourceVersion ?? '';
const continueOf = ({ json }: { readonly json: Readonly<Record<string, unknown>> }): string =>
  (json['metadata'] as { continue?: string } | undefined)?.continue ?? '';

async function reads(say: Conversation): Promise<void> {
  const selected = 'labelSelector=read';
  const made = await say.post(
    widgets,
    widget(
      'read-a',
      { size: 1, items: [{ name: 'x' }, { name: 'y' }], when: '2020-01-01T00:00:00Z' },
      { labels: { read: 'a', tier: 'one' } },
    ),
  );
  await say.post(
    widgets,
    widget('read-b', { size: 2, color: 'blue', set: ['p', 'q'], flag: false }, { labels: { read: 'b', tier: 'two' } }),
  );
  await say.post(widgets, widget('read-c', { size: 3, color: 'green' }, { labels: { read: 'c' } }));
  const path = `${widgets}/read-a`;
  say.note('get');
  await say.get(path);
  await say.get(`${widgets}/absent`);
  for (const query of [
    'resourceVersion=0',
    `resourceVersion=${revisionOf(made)}`,
    'resourceVersion=1',
    'resourceVersion=abc',
    'resourceVersion=-1',
    'resourceVersion=01',
    'resourceVersion=99999999999',
    'resourceVersion=99999999999999999999',
    'labelSelector=a',
    'pretty=1',
  ]) {
    await say.get(`${path}?${query}`);
  }
  for (const accept of [
    'application/yaml',
    'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    'application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io',
    'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    'application/json;as=Table;v=v2;g=meta.k8s.io',
    'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
    'application/vnd.kubernetes.protobuf',
    'application/vnd.kubernetes.protobuf,application/json',
    'text/html',
    '*/*',
    'application/*',
    '',
    'application/json;q=0.1',
    'nonsense',
    'application/json;as=Nothing;v=v1;g=meta.k8s.io,application/json',
  ]) {
    await say.get(path, { accept });
  }
  say.note('tables');
  await say.get(path, table);
  for (const include of ['None', 'Metadata', 'Object', 'All'])
    await say.get(`${widgets}?${selected}&includeObject=${include}`, table);
  await say.get(`${widgets}?labelSelector=nobody`, table);
  say.note('lists');
  await say.get(`${widgets}?labelSelector=nobody`);
  await say.get(`${widgets}?${selected}`, {
    accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  });
  for (const selector of [
    'read=a',
    'read==a',
    'read!=a',
    'read in (a,b)',
    'read notin (a,b),read',
    '!tier,read',
    'read,tier',
    'read>1',
    'tier in ()',
    'a b',
    '=',
    'read in (a',
    '!',
    'read=',
    'x/y/z',
    'UP=1',
    'a=b c',
    ',',
  ]) {
    await say.get(`${widgets}?labelSelector=${encode(selector)}`, {
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    });
  }
  for (const selector of [
    'metadata.name=read-a',
    'metadata.name!=read-a',
    'metadata.namespace=default',
    'metadata.namespace=other',
    'spec.color=blue',
    'spec.color!=blue',
    'spec.size=2',
    'spec.size=x',
    'spec.color=blue,metadata.name=read-b',
    'spec.label=x',
    'status.phase=Up',
    'metadata.labels.a=b',
    '=',
    'metadata.name',
    'metadata.name=a=b',
    'spec.color in (blue)',
    'metadata.uid=5',
    '',
  ]) {
    await say.get(`${widgets}?${selected}&fieldSelector=${encode(selector)}`, {
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    });
  }
  say.note('revisions of lists');
  for (const query of [
    'resourceVersion=0',
    'resourceVersion=abc',
    'resourceVersionMatch=Exact',
    'resourceVersionMatch=NotOlderThan',
    'resourceVersion=0&resourceVersionMatch=Exact',
    'resourceVersion=0&resourceVersionMatch=NotOlderThan',
    `resourceVersion=${revisionOf(made)}&resourceVersionMatch=Exact`,
    `resourceVersion=${revisionOf(made)}&resourceVersionMatch=Maybe`,
    `resourceVersion=${revisionOf(made)}&resourceVersionMatch=NotOlderThan`,
    'resourceVersion=99999999999&resourceVersionMatch=Exact',
    'resourceVersion=99999999999',
    'limit=-1',
    'limit=x',
    'limit=0',
    'timeoutSeconds=x',
    'continue=abc',
    'continue=abc&resourceVersion=5',
    'sendInitialEvents=true',
    'allowWatchBookmarks=maybe',
    'watch=maybe',
  ]) {
    await say.get(`${widgets}?${selected}&${query}`, {
      accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
    });
  }
  say.note('pages');
  const meta = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
  const page = await say.get(`${widgets}?${selected}&limit=2`, meta);
  const token = encode(continueOf(page));
  await say.get(`${widgets}?${selected}&limit=2&continue=${token}`, meta);
  await say.get(`${widgets}?${selected}&limit=2&continue=${token}&resourceVersion=${revisionOf(page)}`, meta);
  await say.get(`${widgets}?${selected}&limit=2&continue=${token}&resourceVersionMatch=Exact`, meta);
  for (const forged of [
    '{}',
    '{"v":"meta.k8s.io/v1","rv":0,"start":"a"}',
    '{"v":"meta.k8s.io/v2","rv":5,"start":"a"}',
    '{"v":"meta.k8s.io/v1","rv":5,"start":"../a"}',
    '{"v":"meta.k8s.io/v1","rv":5}',
    'x',
  ])
    await say.get(`${widgets}?${selected}&continue=${encode(Buffer.from(forged).toString('base64url'))}`);
  say.note('elsewhere');
  await say.get(`/apis/${group}/v1/widgets?${selected}&limit=1`, meta);
  await say.post(`/apis/${group}/v1/widgets`, widget('x', {}));
  await say.get(`/apis/${group}/v1/widgets/read-a`);
  await say.get(`/apis/${group}/v9/namespaces/default/widgets`);
  await say.get(`/apis/${group}/v1/namespaces/default/nothings`);
  await say.get(`/apis/${group}/v1/namespaces/default/widgets/a/b/c`);
  await say.get('/apis/nothing.example.com/v1/things');
  await say.get(`/apis/${group}/v1/namespaces/default/gauges`);
  await say.get(`/apis/${group}/v1/gauges/absent`);
  await say.get(`/apis/${group}/v1`);
  await say.get(`/apis/${group}`);
  for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'FOO']) await say.ask(method, path);
  for (const method of ['PUT', 'PATCH', 'DELETE']) await say.ask(method, `/apis/${group}/v1/widgets`, {});
}

async function watches(say: Conversation): Promise<void> {
  const made = await say.post(widgets, widget('watched-a', { size: 1 }, { labels: { watched: 'yes' } }));
  const from = revisionOf(made);
  const path = `${widgets}/watched-a`;
  await say.merge(path, { spec: { size: 2 } });
  await say.post(widgets, widget('watched-b', { color: 'blue' }, { labels: { watched: 'no' } }));
  await say.merge(path, { metadata: { labels: { watched: 'no' } } });
  await say.merge(path, { metadata: { labels: { watched: 'yes' } }, spec: { color: 'blue' } });
  await say.remove(`${widgets}/watched-b`);
  await say.remove(path);
  await say.post(widgets, widget('watched-c', { size: 3 }, { labels: { watched: 'yes' } }));
  const watch = (query: string, headers = {}) => say.get(`${widgets}?watch=1&timeoutSeconds=1&${query}`, headers);
  say.note('from a revision');
  await watch(`resourceVersion=${from}`);
  await watch(`resourceVersion=${from}&labelSelector=watched%3Dyes`);
  await watch(`resourceVersion=${from}&fieldSelector=spec.color%3Dblue`);
  await watch(`resourceVersion=${from}&fieldSelector=metadata.name%3Dwatched-a`);
  await watch(`resourceVersion=${from}&labelSelector=watched%3Dno`, table);
  await watch(`resourceVersion=${from}&labelSelector=watched%3Dno`, {
    accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  });
  await watch(`resourceVersion=${from}&labelSelector=watched%3Dno`, { accept: 'application/yaml' });
  say.note('what is there');
  for (const start of ['', '0']) await watch(`resourceVersion=${start}&labelSelector=watched`);
  await watch(
    'labelSelector=watched&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan',
  );
  await watch('labelSelector=watched&sendInitialEvents=true&resourceVersionMatch=NotOlderThan');
  await watch('labelSelector=watched&sendInitialEvents=false&resourceVersionMatch=NotOlderThan');
  await watch('labelSelector=watched&sendInitialEvents=true');
  await watch('labelSelector=watched&sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=5');
  await watch('labelSelector=watched&sendInitialEvents=x&resourceVersionMatch=NotOlderThan');
  say.note('refused');
  for (const query of [
    'resourceVersion=abc',
    'resourceVersionMatch=NotOlderThan',
    'resourceVersion=5&resourceVersionMatch=Exact',
    'continue=abc',
    'limit=1&labelSelector=nobody',
    'labelSelector=(',
    'fieldSelector=spec.label%3Dx',
    'timeoutSeconds=x',
    'resourceVersion=99999999999',
    'resourceVersion=-5',
  ])
    await watch(query);
  await say.get(`${path}?watch=1&timeoutSeconds=1`);
  await say.get(`/apis/${group}/v1/watch/namespaces/default/widgets?timeoutSeconds=1&labelSelector=watched`);
  await say.get(`/apis/${group}/v1/watch/namespaces/default/widgets/watched-c?timeoutSeconds=1`);
}

async function versions(say: Conversation): Promise<void> {
  const path = (version: string) => `/apis/${group}/${version}/gauges`;
  const gauge = (version: string, more: object) => ({
    apiVersion: `${group}/${version}`,
    kind: 'Gauge',
    metadata: { name: 'both' },
    ...more,
  });
  await say.post(path('v1beta1'), gauge('v1beta1', { spec: { a: 1, b: 'x', unknown: true }, other: 1 }));
  await say.get(`${path('v1')}/both`);
  await say.get(`${path('v1beta1')}/both`);
  await say.post(path('v1'), gauge('v1beta1', {}));
  await say.put(`${path('v1')}/both`, gauge('v1', { anything: { goes: [1, null] } }));
  await say.merge(`${path('v1')}/both`, { anything: { goes: [1, null] }, spec: { a: 'text', c: null } });
  await say.get(`${path('v1beta1')}/both`);
  await say.merge(`${path('v1beta1')}/both`, { spec: { a: 5 } });
  await say.apply(`${path('v1beta1')}/both?fieldManager=m`, gauge('v1beta1', { spec: { a: 6 } }));
  await say.apply(`${path('v1beta1')}/both?fieldManager=m&force=true`, gauge('v1beta1', { spec: { a: 6 } }));
  await say.apply(`${path('v1')}/both?fieldManager=m`, gauge('v1', { spec: { b: 'y' } }));
  await say.merge(`${path('v1')}/both`, { apiVersion: `${group}/v1beta1`, spec: { a: 7 } });
  await say.get(`${path('v1')}/both/status`);
  await say.get(path('v1beta1'), table);
  await say.get(`${path('v1')}?watch=1&timeoutSeconds=1`);
  await say.remove(`${path('v1beta1')}/both`);
}

/** Sequences of reads by name. */
export const reading: Readonly<Record<string, Sequence>> = { reads, watches, versions };
