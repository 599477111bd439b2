import assert from "node:assert/strict";
import { inlineJson } from "../../../tools/bundle/inline-json.ts";

describe("tools/bundle/inline-json", () => {
  it("turns reads of files by the client's own folder into requires that a bundler follows", () => {
    const source = [
      "const config = getJSON(path.join(dirname, 'client_config.json'));",
      "const protos = getJSON(path.join(dirname, '..', '..', \"protos/protos.json\")).version;",
    ].join("\n");
    assert.equal(
      inlineJson(source, "/m/build/src"),
      'const config = require("/m/build/src/client_config.json");\nconst protos = require("/m/protos/protos.json").version;',
    );
  });

  it("leaves everything else as it is", () => {
    const source = "import { getJSON } from './x.cjs'; getJSON(other); path.join(dirname, 'a');";
    assert.equal(inlineJson(source, "/m"), source);
  });
});
