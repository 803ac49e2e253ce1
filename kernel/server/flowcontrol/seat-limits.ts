/** How the seats of a server are divided: what a level gets, lends and borrows (Kubernetes KEP-1040). */
export interface SeatBounds {
  /** Its share of the server. */
  readonly nominal: number;
  /** What it keeps however little it needs. */
  readonly lowest: number;
  /** What it may have when others lend. */
  readonly highest: number;
}

/** What a level's configuration says of its share. */
export interface SeatShare {
  readonly shares: number;
  readonly lendablePercent: number;
  /** Absent: no bound. */
  readonly borrowingPercent?: number;
}

/** Divides `total` seats by shares. Rounded up, so that every level with a share has a seat; the sum may be a little more. */
export function seatBounds(share: SeatShare, shareSum: number, total: number): SeatBounds {
  const nominal = shareSum === 0 ? 0 : Math.ceil((total * share.shares) / shareSum);
  const lent = Math.round((nominal * share.lendablePercent) / 100);
  const { borrowingPercent } = share;
  const borrowed = borrowingPercent === undefined ? total : Math.round((nominal * borrowingPercent) / 100);
  return { nominal, lowest: nominal - lent, highest: nominal + borrowed };
}

/** One level among those that seats are divided between. */
export interface SeatClaim {
  /** What it should get; at least `lowest`. */
  readonly target: number;
  readonly lowest: number;
  readonly highest: number;
}

/** A target of nothing would get nothing of what is left over. */
const targetMin = 0.001;
/** Halvings of the interval in which the proportion lies: far below one seat. */
const stepsMax = 60;

/**
 * Seats for each claim: the same proportion of every target, but for those held by their bounds, so that the sum is `total`
 * where bounds allow it.
 */
export function divideSeats(claims: readonly SeatClaim[], total: number): { seats: number[]; proportion: number } {
  const seatsAt = (proportion: number) =>
    claims.map(({ target, lowest, highest }) =>
      Math.max(lowest, Math.min(highest, proportion * Math.max(target, targetMin))),
    );
  const sumAt = (proportion: number) => seatsAt(proportion).reduce((sum, seats) => sum + seats, 0);
  let low = 0;
  // Whatever the bounds, more than the highest over the smallest target changes nothing.
  let high = claims.reduce((most, { target, highest }) => Math.max(most, highest / Math.max(target, targetMin)), 0);
  for (let step = 0; step < stepsMax; step++) {
    const middle = (low + high) / 2;
    if (sumAt(middle) < total) low = middle;
    else high = middle;
  }
  return { seats: seatsAt(high), proportion: high };
}
