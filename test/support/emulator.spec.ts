import assert from "node:assert/strict";
import { findFirestoreJar, startFirestoreEmulator } from "../../simulation/firestore-emulator.ts";
import { EMULATOR_START_MS } from "./firestore-emulator.ts";
import { leaveOut } from "./leave-out.ts";
import { pubsubEmulator } from "./pubsub-emulator.ts";

describe("Google's emulators", () => {
  it("publish a message and give it to a subscriber (Pub/Sub)", async function () {
    const { host, port } = await pubsubEmulator(this);
    const call = async (method: string, path: string, body: object) => {
      const response = await fetch(`http://${host}:${port}/v1/projects/demo-emulator/${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      assert.equal(response.status, 200, `${method} ${path}`);
      return response.json();
    };
    await call("PUT", "topics/clusters", {});
    await call("PUT", "subscriptions/watchers", { topic: "projects/demo-emulator/topics/clusters" });
    const data = Buffer.from("hello").toString("base64");
    await call("POST", "topics/clusters:publish", { messages: [{ data }] });
    const pulled = await call("POST", "subscriptions/watchers:pull", { maxMessages: 1 });
    assert.equal(
      (pulled as { receivedMessages: { message: { data: string } }[] }).receivedMessages[0]?.message.data,
      data,
    );
  });

  it("are gone when they were stopped (Firestore)", async function () {
    this.timeout(EMULATOR_START_MS);
    const jar = findFirestoreJar();
    if (jar === undefined) return leaveOut(this, "no Firestore emulator");
    const { host, port, stop } = await startFirestoreEmulator(jar);
    assert.equal((await fetch(`http://${host}:${port}/`)).status, 200);
    await stop();
    await assert.rejects(fetch(`http://${host}:${port}/`));
  });
});
