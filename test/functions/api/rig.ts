/** The API over fakes, called by an operator. */
import { createApi } from "../../../functions/api/app.ts";
import type { Engine } from "../../../shared/engine/engine.ts";
import { pass } from "../../../shared/engine/pass.ts";
import { ID } from "../../support/fake-engine.ts";
import { fakeKind } from "../../support/fake-kind.ts";
import { OPERATOR, type TestPlane, testPlane, URLS } from "../plane.ts";

export interface ApiRig extends TestPlane {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
  /** As the trigger would. */
  look(id?: string): Promise<void>;
}

export async function apiRig(changes: Partial<Engine> = {}): Promise<ApiRig> {
  const test = await testPlane([fakeKind("networks")], changes);
  const app = createApi(test.plane);
  return {
    ...test,
    call: async (method, path, body, headers = {}) =>
      app.request(path, {
        method,
        headers: { Authorization: await test.bearer(OPERATOR, URLS.api), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    look: async (id = ID) => void (await pass(test.plane.engine, id, "test")),
  };
}

export const PATH = `/v1/clusters/${ID}`;
/** The message of an error answer. */
export async function message(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { message: string } };
  return error.message;
}
