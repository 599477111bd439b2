/** What the HTTP functions need besides the engine: who may call, and as whom they are addressed. */
import type { Engine } from "../shared/engine/engine.ts";
import type { IdentityVerifier } from "../shared/ports/identity.ts";
import type { Publisher } from "../shared/ports/publisher.ts";

export interface ControlPlane {
  readonly engine: Engine;
  readonly identity: IdentityVerifier;
  /** E-mail of the account that Cloud Tasks and Cloud Scheduler call with. */
  readonly invoker: string;
  /** E-mail of the account that Pub/Sub pushes machines' events with. */
  readonly pusher: string;
  /** E-mail of the account that Pub/Sub pushes commands with. */
  readonly commander: string;
  /** Where commands go that can never be carried out. */
  readonly deadLetters: Publisher;
  /** URL of each function, which is also the audience of tokens meant for it. */
  readonly urls: {
    readonly reconcile: string;
    readonly sweep: string;
    readonly api: string;
    readonly machineEvent: string;
    readonly maintenance: string;
  };
  /** Who may use the API: e-mails, or `*@domain`. */
  readonly operators: readonly string[];
  /** Where people reach an address of a cluster's API that they cannot reach as it stands: in a simulated cloud only. */
  readonly reachable?: (host: string) => string;
}
