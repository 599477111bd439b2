/**
 * IAM Service Account Credentials v1 in the form of Google's published definitions. Written out, because the package that
 * ships them brings 49 others for these four methods. Source:
 * https://github.com/googleapis/googleapis/blob/master/google/iam/credentials/v1/common.proto.
 */
import type { RawNode } from "./definitions.ts";

const REQUIRED = { "(google.api.field_behavior)": "REQUIRED" };
const NAME = { type: "string", options: REQUIRED };
const DELEGATES = { rule: "repeated", type: "string" };

function method(name: string): NonNullable<RawNode["methods"]>[string] {
  const path = `/v1/{name=projects/*/serviceAccounts/*}:${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return {
    requestType: `${name}Request`,
    parsedOptions: [{ "(google.api.http)": { post: path, body: "*" } }],
  };
}

const V1: NonNullable<RawNode["nested"]> = {
  IAMCredentials: {
    methods: {
      GenerateAccessToken: method("GenerateAccessToken"),
      GenerateIdToken: method("GenerateIdToken"),
      SignBlob: method("SignBlob"),
      SignJwt: method("SignJwt"),
    },
  },
  GenerateAccessTokenRequest: {
    fields: {
      name: NAME,
      delegates: DELEGATES,
      scope: { rule: "repeated", type: "string", options: REQUIRED },
      lifetime: { type: "google.protobuf.Duration" },
    },
  },
  GenerateIdTokenRequest: {
    fields: {
      name: NAME,
      delegates: DELEGATES,
      audience: { type: "string", options: REQUIRED },
      includeEmail: { type: "bool" },
    },
  },
  SignBlobRequest: {
    fields: { name: NAME, delegates: DELEGATES, payload: { type: "bytes", options: REQUIRED } },
  },
  SignJwtRequest: {
    fields: { name: NAME, delegates: DELEGATES, payload: { type: "string", options: REQUIRED } },
  },
};

export const IAM_CREDENTIALS_DEFINITIONS: RawNode = {
  nested: { google: { nested: { iam: { nested: { credentials: { nested: { v1: { nested: V1 } } } } } } } },
};
