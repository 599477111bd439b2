/** Who has which address: external ones from loopback, internal ones from subnetworks, reserved or passing. */

import { SmallSet } from "../small-set.ts";
import { ApiError, invalid } from "./api-error.ts";
import { addressToNumber, contains, numberToAddress, parseRange, type Range } from "./ip.ts";
import { asText } from "./json.ts";
import type { Row } from "./row.ts";
import type { World } from "./world.ts";

/**
 * External addresses are loopback addresses, so that they can be reached as they stand: 127.64.0.0/10 is four million
 * that no one else on a machine uses.
 */
export const EXTERNAL_RANGE: Range = { start: addressToNumber("127.64.0.0") ?? 0, size: 2 ** 22 };
/** Network, gateway, the last but one and broadcast. Source: https://cloud.google.com/vpc/docs/subnets#unusable-ip-addresses-in-every-subnet */
const RESERVED_FIRST = 2;
const RESERVED_LAST = 2;

function taken(address: string): ApiError {
  return invalid(
    "resource.IPAddress",
    address,
    "Specified IP address is in-use and would result in a conflict.",
  );
}

/** The reserved address resource that holds this address, if one does. */
export function reservationOf(world: World, owner: string | undefined): Row | undefined {
  const row = owner === undefined ? undefined : world.rows.at(owner);
  return row?.collection === "addresses" ? row : undefined;
}

/** Lets `user` use a reserved address. @throws ApiError 400 when another does and it is not for sharing */
function useReservation(reservation: Row, user: Row | string): void {
  const shared = reservation.body["purpose"] === "SHARED_LOADBALANCER_VIP";
  if (!shared && (reservation.users?.size ?? 0) > 0) throw taken(asText(reservation.body["address"]) ?? "");
  if (typeof user === "string") return;
  reservation.users ??= new SmallSet();
  reservation.users.add(user);
}

/** Marks a reserved address as used by a row that has come to exist after `takeInternal` or `takeExternal`. */
export function holdAddress(world: World, owner: string | undefined, user: Row): void {
  const reservation = reservationOf(world, owner);
  if (reservation === undefined) return;
  reservation.users ??= new SmallSet();
  reservation.users.add(user);
}

/** Takes `wanted`, or any free address of the range; answers it. @throws ApiError 400 */
export function takeInternal(world: World, subnetwork: Row, user: string, wanted?: string): string {
  const pool = world.internalPool(asText(subnetwork.body["network"]) ?? "");
  const range = parseRange(asText(subnetwork.body["ipCidrRange"]) ?? "");
  if (range === undefined) throw invalid("resource.subnetwork", subnetwork.name, "It has no range.");
  const usable = { start: range.start + RESERVED_FIRST, size: range.size - RESERVED_FIRST - RESERVED_LAST };
  if (wanted === undefined) {
    const free = pool.free(usable, 1);
    if (free === undefined) {
      throw new ApiError(400, "IP_SPACE_EXHAUSTED", `IP space of '${subnetwork.path}' is exhausted.`);
    }
    pool.take(free, user);
    return numberToAddress(free.start);
  }
  const number = addressToNumber(wanted);
  const asked = number === undefined ? undefined : { start: number, size: 1 };
  if (asked === undefined || !contains(usable, asked)) {
    throw invalid(
      "resource.IPAddress",
      wanted,
      `Requested address is not within subnetwork '${subnetwork.name}', or is reserved there.`,
    );
  }
  const owner = pool.userOf(asked);
  const reservation = reservationOf(world, owner);
  if (reservation !== undefined) {
    useReservation(reservation, user);
    return wanted;
  }
  if (owner !== undefined) throw taken(wanted);
  pool.take(asked, user);
  return wanted;
}

/**
 * Reserves the passing address that a machine of the project has: the machine keeps it, as the reservation's user.
 * Source: https://cloud.google.com/vpc/docs/reserve-static-internal-ip-addresses ("Promote in-use ephemeral addresses")
 * @returns the machine; nothing when no machine has the address, or it is reserved already
 */
export function promoteInternal(
  world: World,
  subnetwork: Row,
  reservation: string,
  wanted: string,
): Row | undefined {
  const pool = world.internalPool(asText(subnetwork.body["network"]) ?? "");
  const machine = world.rows.at(ownerOf(pool, wanted) ?? "");
  const isOwn = reservation.startsWith(`projects/${machine?.project}/`);
  const start = addressToNumber(wanted);
  if (machine?.collection !== "instances" || !isOwn || start === undefined) return undefined;
  pool.release(start);
  pool.take({ start, size: 1 }, reservation);
  return machine;
}

/** Takes `wanted`, which must be reserved, or any free external address. @throws ApiError 400 */
export function takeExternal(world: World, user: string, wanted?: string): string {
  if (wanted === undefined) {
    const free = world.externalPool.free(world.externalRange, 1);
    if (free === undefined)
      throw new ApiError(400, "IP_SPACE_EXHAUSTED", "External addresses are exhausted.");
    world.externalPool.take(free, user);
    return numberToAddress(free.start);
  }
  const number = addressToNumber(wanted);
  const owner = number === undefined ? undefined : world.externalPool.userOf({ start: number, size: 1 });
  const reservation = reservationOf(world, owner);
  if (reservation === undefined)
    throw invalid(
      "resource.IPAddress",
      wanted,
      "The specified external IP address was not found: reserve it first.",
    );
  useReservation(reservation, user);
  return wanted;
}

/** Gives back what `user` holds: a passing address becomes free, a reserved one unused. */
export function releaseInternal(world: World, network: string, address: string, user: Row): void {
  const number = addressToNumber(address);
  if (number === undefined) return;
  release(world, world.internalPool(network), number, user);
}
export function releaseExternal(world: World, address: string, user: Row): void {
  const number = addressToNumber(address);
  if (number !== undefined) release(world, world.externalPool, number, user);
}
function release(world: World, pool: World["externalPool"], number: number, user: Row): void {
  const owner = pool.userOf({ start: number, size: 1 });
  const reservation = reservationOf(world, owner);
  if (reservation !== undefined) reservation.users?.delete(user);
  else if (owner === user.path) pool.release(number);
}
/** Who holds an address in a pool. */
export function ownerOf(pool: World["externalPool"], address: string): string | undefined {
  const number = addressToNumber(address);
  return number === undefined ? undefined : pool.userOf({ start: number, size: 1 });
}
