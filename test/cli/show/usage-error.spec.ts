/** What is said to whoever mistypes. */
import assert from "node:assert/strict";
import { usageError } from "../../../cli/show/usage-error.ts";

describe("A mistake in a command line", () => {
  it("leads on to what is called otherwise here, and to the choices that there are", () => {
    const table = [
      [
        "error: unknown command 'status'\n(Did you mean start?)\n",
        "error: unknown command 'status'\n(Did you mean describe?)\n",
      ],
      ["error: unknown command 'watch'\n", "error: unknown command 'watch'\n(Did you mean wait?)\n"],
      [
        "error: unknown command 'gett'\n(Did you mean get?)\n",
        "error: unknown command 'gett'\n(Did you mean get?)\n",
      ],
      [
        "error: command-argument value 'boom' is invalid for argument 'power'. Allowed choices are hang, zone-outage.\n",
        "error: 'boom' is no choice; use one of hang, zone-outage\n",
      ],
      [
        "error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are text, json.\n",
        "error: 'xml' is no choice for --output; use one of text, json\n",
      ],
    ] as const;
    for (const [text, told] of table) assert.equal(usageError(text), told);
  });
});
