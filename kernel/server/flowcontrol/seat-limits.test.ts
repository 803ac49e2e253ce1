import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { divideSeats, seatBounds } from './seat-limits.ts';
import { SeatDemandMeter } from './seat-demand.ts';

// Kubernetes: nominal = ceil(total × shares / sum), less what is lent, more what may be borrowed.
test('seatBounds() divides by shares', () => {
  assert.deepEqual(seatBounds({ shares: 100, lendablePercent: 90 }, 245, 600), {
    nominal: 245,
    lowest: 24,
    highest: 845,
  });
  assert.deepEqual(seatBounds({ shares: 20, lendablePercent: 50, borrowingPercent: 100 }, 245, 600), {
    nominal: 49,
    lowest: 24,
    highest: 98,
  });
  assert.deepEqual(seatBounds({ shares: 0, lendablePercent: 0 }, 245, 600), { nominal: 0, lowest: 0, highest: 600 });
});

test('divideSeats() keeps to the bounds and gives out all there is', () => {
  const claim = fc
    .record({ lowest: fc.nat(50), more: fc.nat(100), wanted: fc.nat(100) })
    .map(({ lowest, more, wanted }) => ({ lowest, highest: lowest + more, target: lowest + wanted }));
  fc.assert(
    fc.property(fc.array(claim, { minLength: 1, maxLength: 10 }), fc.nat(500), (claims, total) => {
      const { seats, proportion } = divideSeats(claims, total);
      const sum = seats.reduce((all, one) => all + one, 0);
      const [least, most] = [
        claims.reduce((all, one) => all + one.lowest, 0),
        claims.reduce((all, one) => all + one.highest, 0),
      ];
      assert.ok(Math.abs(sum - Math.min(Math.max(total, least), most)) < 0.001);
      claims.forEach(({ lowest, highest, target }, index) => {
        const got = seats[index] ?? -1;
        assert.ok(got >= lowest && got <= highest);
        const fair = proportion * Math.max(target, 0.001);
        assert.ok(Math.abs(got - Math.max(lowest, Math.min(highest, fair))) < 0.001);
      });
    }),
  );
});

test('SeatDemandMeter weighs by time', () => {
  const meter = new SeatDemandMeter(0);
  meter.set(10, 50);
  meter.set(0, 100);
  assert.deepEqual(meter.read(200), { average: 2.5, deviation: Math.sqrt(25 - 6.25), highest: 10 });
  assert.deepEqual(meter.read(300), { average: 0, deviation: 0, highest: 0 });
});
