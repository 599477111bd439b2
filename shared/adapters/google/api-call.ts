/** One call to the Compute API by its parts, and lists read to their end. */
import { CloudError } from "../../ports/cloud-error.ts";
import type { Scope } from "../../ports/compute.ts";
import type { ComputeServiceName } from "./compute-services.ts";

/** Source: every list method of the Compute API. */
const PAGE_SIZE_MAX = 500;
/** A list of more pages than this (500,000 resources) is taken for an endless one. */
const PAGES_MAX = 1000;

/** One call to the API, by its parts. */
export interface ApiCall {
  readonly service: ComputeServiceName;
  readonly method: string;
  readonly project: string;
  readonly scope: Scope | "everywhere";
  /** For people and errors. */
  readonly target: string;
  /** Field to value, as the API's request message has them. */
  readonly request: Readonly<Record<string, unknown>>;
}
/** Makes one call and answers REST JSON. @throws CloudError */
export type CallApi = (call: ApiCall) => Promise<Readonly<Record<string, unknown>>>;

/** All pages of a list. @throws CloudError */
export async function pagesOf(
  callApi: CallApi,
  call: ApiCall,
  field: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const items: Readonly<Record<string, unknown>>[] = [];
  for await (const page of pages(callApi, call)) {
    refuseUnreachable(page["warning"], call.target);
    items.push(...((page[field] as typeof items | undefined) ?? []));
  }
  return items;
}

/** All pages of an aggregated list, the scopes' lists in one. @throws CloudError */
export async function aggregatedPages(
  callApi: CallApi,
  call: ApiCall,
  field: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const items: Readonly<Record<string, unknown>>[] = [];
  for await (const page of pages(callApi, call)) {
    refuseUnreachable(page["warning"], call.target);
    const unreachable = page["unreachables"] as readonly string[] | undefined;
    if (unreachable?.[0] !== undefined) throw unreachableError(unreachable[0], call.target);
    const scopes = (page["items"] ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    for (const [scope, list] of Object.entries(scopes)) {
      refuseUnreachable(list["warning"], `${call.target} (${scope})`);
      items.push(...((list[field] as typeof items | undefined) ?? []));
    }
  }
  return items;
}

async function* pages(callApi: CallApi, call: ApiCall): AsyncGenerator<Readonly<Record<string, unknown>>> {
  let pageToken: unknown;
  for (let count = 0; count < PAGES_MAX; count++) {
    const paging = { maxResults: PAGE_SIZE_MAX, ...(pageToken === undefined ? {} : { pageToken }) };
    const page = await callApi({ ...call, request: { ...call.request, ...paging } });
    yield page;
    pageToken = page["nextPageToken"];
    if (typeof pageToken !== "string" || pageToken === "") return;
  }
  throw new CloudError("unavailable", `the list ${call.target} did not end after ${PAGES_MAX} pages`, {
    target: call.target,
  });
}

/** `NO_RESULTS_ON_PAGE` only says that a scope is empty. */
function refuseUnreachable(warning: unknown, target: string): void {
  if (typeof warning !== "object" || warning === null) return;
  const { code, message } = warning as { code?: string; message?: string };
  if (code === undefined || code === "NO_RESULTS_ON_PAGE") return;
  if (code === "UNREACHABLE" || code === "PARTIAL_SUCCESS") throw unreachableError(message ?? code, target);
}
function unreachableError(what: string, target: string): CloudError {
  return new CloudError(
    "unavailable",
    `a part of the cloud did not answer, so the list is not whole: ${what}`,
    { target },
  );
}
