/** What a deployment tells its functions by environment variables, checked at the first call. */
import { z } from "zod";
import { PROJECT_ID } from "../shared/spec/schema/text.ts";

const url = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ""));
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
);
const listOfSome = list.refine((all) => all.length > 0, "name at least one");
const projects = list.refine((all) => all.every((one) => PROJECT_ID.test(one)), "write ids of projects");

const Settings = z.object({
  /** Project of the control plane itself: its database and its queue. */
  GOOGLE_CLOUD_PROJECT: z.string().min(1),
  FIRESTORE_DATABASE: z.string().default("(default)"),
  /** `projects/p/locations/l/queues/q` of the wake-ups. */
  CLUSTERWRIGHT_QUEUE: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/queues\/[^/]+$/),
  /** Account that Cloud Tasks and Cloud Scheduler call with. */
  CLUSTERWRIGHT_INVOKER: z.email(),
  /** Account that Pub/Sub pushes machines' events with. */
  CLUSTERWRIGHT_PUSHER: z.email(),
  /** Account that Pub/Sub pushes commands with. */
  CLUSTERWRIGHT_COMMANDER: z.email(),
  /** `projects/p/topics/t` of commands that can never be carried out. */
  CLUSTERWRIGHT_DEAD_LETTERS: z.string().regex(/^projects\/[^/]+\/topics\/[^/]+$/),
  CLUSTERWRIGHT_RECONCILE_URL: url,
  CLUSTERWRIGHT_SWEEP_URL: url,
  CLUSTERWRIGHT_JOIN_URL: url,
  CLUSTERWRIGHT_API_URL: url,
  CLUSTERWRIGHT_MACHINE_EVENT_URL: url,
  CLUSTERWRIGHT_MAINTENANCE_URL: url,
  /** Who may use the API: e-mails, or `*@example.com`, parted by commas. */
  CLUSTERWRIGHT_OPERATORS: listOfSome,
  /** Host projects of shared VPCs whose networks clusters may be put into, parted by commas. */
  CLUSTERWRIGHT_SHARED_NETWORK_PROJECTS: projects.prefault(""),
  /** A local cloud instead of Google's: one URL for all of its APIs. */
  CLUSTERWRIGHT_CLOUD: url.optional(),
});
export type Settings = z.infer<typeof Settings>;

/** @throws Error that names each variable that is missing or wrong */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const settings = Settings.safeParse(env);
  if (settings.success) return settings.data;
  const wrong = settings.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  throw new Error(
    `The functions' environment is incomplete: ${wrong}. Deploy with terraform/, which sets all of it.`,
  );
}
