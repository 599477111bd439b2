/** Tests of real parts that are not installed are left out loudly, or fail where every part is required. */

/**
 * Says why tests are left out and skips them, or fails where every real part is required. Answers never.
 */
export function leaveOut(suite: Mocha.Context, why: string): never {
  if (process.env["CLUSTERWRIGHT_REQUIRE_REAL_PARTS"] === "1") throw new Error(why);
  console.warn(
    `LEFT OUT: ${suite.currentTest?.parent?.title ?? suite.test?.parent?.title ?? "tests"}: ${why}`,
  );
  return suite.skip();
}
