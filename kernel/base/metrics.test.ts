import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMetrics, Histogram } from './metrics.ts';

test('formatMetrics() writes counters and histograms as Prometheus reads them', () => {
  const sizes = new Histogram([1, 10]);
  for (const size of [0.5, 1, 5, 100]) sizes.observe(size);
  const text = formatMetrics([
    { name: 'a_total', help: 'All.', type: 'counter', samples: [{ labels: { who: 'a "b"\\\n' }, value: 3 }] },
    { name: 'size', help: 'Sizes.', type: 'histogram', samples: [{ labels: {}, value: sizes }] },
    { name: 'nothing', help: 'None.', type: 'gauge', samples: [] },
  ]);
  const lines = [
    '# HELP a_total All.',
    '# TYPE a_total counter',
    'a_total{who="a \\"b\\"\\\\\\n"} 3',
    '# HELP size Sizes.',
    '# TYPE size histogram',
    'size_bucket{le="1"} 2',
    'size_bucket{le="10"} 3',
    'size_bucket{le="+Inf"} 4',
    'size_sum 106.5',
    'size_count 4',
  ];
  assert.equal(text, `${lines.join('\n')}\n`);
});
