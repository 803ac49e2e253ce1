/** Budgets of Kubernetes (`apiserver/pkg/apis/cel/config.go`, `apiextensions/validation`), in units of cost. */

/** Most one expression may cost when it is evaluated; some 0.1 s upstream. */
export const perCallCostMax = 1_000_000;
/** Most all rules of one object may cost. */
export const perObjectCostMax = 10_000_000;
/** Most one expression may cost by estimation, times how often it may be evaluated for one object. */
export const perExpressionEstimateMax = 10_000_000;
/** Most all expressions of one schema may cost by estimation. */
export const perSchemaEstimateMax = 100_000_000;
/** Longest message an expression may make, UTF-16 units. */
export const messageLengthMax = 5 * 1024;
/** Largest object, bytes: what is not bounded by a schema is bounded by it. */
export const requestBytesMax = 3 * 1024 * 1024;
