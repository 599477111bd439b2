/** A task as the queues keep it. */
export interface StoredTask {
  readonly queue: string;
  readonly name: string;
  readonly url: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly oidc: { readonly email: string; readonly audience: string | undefined } | undefined;
  readonly oauth: { readonly email: string; readonly scope: string | undefined } | undefined;
  readonly createdMs: number;
  readonly dispatchDeadlineMs: number;
  scheduleMs: number;
  dispatchCount: number;
  responseCount: number;
  firstDispatchMs: number | undefined;
  lastDispatchMs: number | undefined;
  lastResponseMs: number | undefined;
  lastStatus: number | undefined;
  running: boolean;
}
