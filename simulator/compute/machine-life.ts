/**
 * The lives of machines:
 * PROVISIONING ─► STAGING ─► RUNNING ─stop─► STOPPING ─► TERMINATED ─start─► PROVISIONING; RUNNING ─host error─►
 * REPAIRING ─► STAGING or TERMINATED. A boot is announced some time after RUNNING.
 */
import { ApiError } from "./api-error.ts";
import { refusal } from "./faults.ts";
import { settleDisks, stampDisks } from "./instance-insert.ts";
import { asObject, asObjects, asText, type JsonObject } from "./json.ts";
import { lastSegment } from "./links.ts";
import type { Machine, Machines, MaintenanceNotice } from "./machine.ts";
import { Console } from "./machine-console.ts";
import { viewMachine } from "./machine-view.ts";
import type { Row } from "./row.ts";
import { formatTime } from "./times.ts";
import type { World } from "./world.ts";

/** What a machine has beyond its row. */
interface Life {
  boot: number;
  startedMs: number;
  /** The operating system is up. */
  up: boolean;
  cancel: () => void;
  /** Ends the operation whose work another one takes over. */
  overtaken: (() => void) | undefined;
  /** Whoever waits for its end, once it is on its way out: its group, and a person who deletes it by hand meanwhile. */
  mourners: (() => void)[] | undefined;
  console: Console | undefined;
  /** The last view, as long as it holds: of this body, of this boot. */
  view: { readonly of: JsonObject; readonly boot: number; readonly machine: Machine } | undefined;
}

const nothing = (): void => {};

export function createMachines(world: World): Machines {
  const lives = new Map<Row, Life>();

  function lifeOf(row: Row): Life {
    let life = lives.get(row);
    if (life === undefined) {
      life = {
        boot: 0,
        startedMs: 0,
        up: false,
        cancel: nothing,
        overtaken: undefined,
        mourners: undefined,
        console: undefined,
        view: undefined,
      };
      lives.set(row, life);
    }
    return life;
  }
  function consoleOf(row: Row): Console {
    const life = lifeOf(row);
    life.console ??= new Console();
    return life.console;
  }
  function view(row: Row): Machine {
    const life = lifeOf(row);
    const { boot, startedMs } = life;
    if (life.view?.of !== row.body || life.view.boot !== boot) {
      const machine = viewMachine(world, row, { boot, startedMs, console: consoleOf(row) });
      life.view = { of: row.body, boot, machine };
    }
    return life.view.machine;
  }
  function setStatus(row: Row, status: string, more: Readonly<Record<string, string>> = {}): void {
    world.settle(row, { ...row.body, status, ...more });
  }
  /** The next step of a life; a later call replaces it. */
  function next(row: Row, delayMs: number, step: () => void): void {
    const life = lifeOf(row);
    life.cancel();
    life.cancel = world.clock.after(world.jittered(delayMs), () => {
      life.cancel = nothing;
      step();
    });
  }
  /** A new course of this life begins; an operation that still steered it ends here. */
  function course(row: Row, overtaken?: () => void): void {
    const life = lifeOf(row);
    const before = life.overtaken;
    life.overtaken = overtaken;
    before?.();
  }
  function imageOf(row: Row): string {
    const boot = asObjects(row.body["disks"]).find((disk) => disk["boot"] === true);
    return asText(world.rows.at(asText(boot?.["source"]) ?? "")?.body["sourceImage"]) ?? "";
  }
  function typeOf(row: Row): string {
    return lastSegment(asText(row.body["machineType"]) ?? "");
  }
  function systemEvent(row: Row, name: string, metadata?: JsonObject): void {
    const method = `compute.instances.${name}`;
    const path = row.path;
    const { project, scope } = row;
    world.operations.start(
      { project, scope },
      { type: method, targetPath: path, targetId: row.id, runMs: 0 },
      { user: "system" },
    );
    const told = { method, path, id: row.id, atMs: world.clock.nowMs() };
    world.hooks.onSystemEvent?.(metadata === undefined ? told : { ...told, metadata });
  }
  function powerOff(row: Row): void {
    const life = lifeOf(row);
    life.cancel();
    const wasOn = life.up || row.body["status"] === "RUNNING" || row.body["status"] === "STOPPING";
    life.up = false;
    if (wasOn) world.hooks.onStop?.(view(row));
  }

  function awaitBoot(row: Row): void {
    next(row, world.delays.bootMs(typeOf(row), imageOf(row)), () => {
      lifeOf(row).up = true;
      world.hooks.onBoot?.(view(row));
    });
  }
  function run(row: Row): void {
    const life = lifeOf(row);
    life.boot++;
    life.startedMs = world.clock.nowMs();
    setStatus(row, "RUNNING", { lastStartTimestamp: formatTime(life.startedMs) });
    awaitBoot(row);
  }
  function stage(row: Row, end: (failure?: ApiError) => void): void {
    setStatus(row, "STAGING");
    next(row, world.delays.stagingMs(imageOf(row)), () => {
      run(row);
      end();
    });
  }
  function provision(row: Row, method: "Insert" | "Start", end: (failure?: ApiError) => void): void {
    setStatus(row, "PROVISIONING");
    const target = row.path;
    const rule = world.faults.strike({ service: "Instances", method, target }, ["stockout"]);
    next(row, world.delays.provisioningMs(typeOf(row)), () => {
      if (rule !== undefined) return end(refusal(rule, target));
      if (method === "Insert") stampDisks(world, row, "lastAttachTimestamp");
      stage(row, end);
    });
  }
  function shutDown(row: Row, then: () => void): void {
    const life = lifeOf(row);
    const running = row.body["status"] === "RUNNING";
    if (life.up) world.hooks.onShutdown?.(view(row));
    setStatus(row, "STOPPING");
    next(row, running ? world.delays.stoppingMs : 0, () => {
      powerOff(row);
      then();
    });
  }
  function terminated(row: Row, status: "TERMINATED" | "SUSPENDED" = "TERMINATED"): void {
    const stamp = status === "TERMINATED" ? "lastStopTimestamp" : "lastSuspendedTimestamp";
    setStatus(row, status, { [stamp]: formatTime(world.clock.nowMs()) });
    world.groups.noticed(row);
  }
  function takeOut(row: Row): void {
    const machine = view(row);
    const disks = asObjects(row.body["disks"]);
    settleDisks(world, row);
    stampDisks(world, row, "lastDetachTimestamp");
    world.remove(row);
    for (const disk of disks) {
      const found = world.rows.at(asText(disk["source"]) ?? "");
      if (found === undefined) continue;
      if (disk["autoDelete"] === true) world.remove(found);
    }
    world.hooks.onDelete?.(machine);
  }

  const machines: Machines = {
    launch: (row, end) => provision(row, "Insert", end),
    start(row, end) {
      course(row, () =>
        end(new ApiError(409, "operationAborted", `The start of '${row.path}' was overtaken.`)),
      );
      provision(row, "Start", (failure) => {
        lifeOf(row).overtaken = undefined;
        if (failure !== undefined) terminated(row);
        end(failure);
      });
    },
    stop(row, end, to) {
      course(row, end);
      shutDown(row, () => {
        lifeOf(row).overtaken = undefined;
        terminated(row, to);
        end();
      });
    },
    reset(row) {
      powerOff(row);
      run(row);
    },
    remove(row, end) {
      const life = lifeOf(row);
      if (life.mourners !== undefined) {
        life.mourners.push(end);
        return;
      }
      life.mourners = [end];
      course(row);
      const leave = () => {
        takeOut(row);
        for (const told of life.mourners ?? []) told();
      };
      if (row.body["status"] === "TERMINATED" || row.body["status"] === "SUSPENDED") {
        setStatus(row, "STOPPING");
        next(row, world.delays.operationMs("disks", "delete"), leave);
      } else shutDown(row, leave);
    },
    hostError(row, restart) {
      if (row.body["status"] !== "RUNNING") return;
      powerOff(row);
      systemEvent(row, "hostError");
      if (restart === "never" || asObject(row.body["scheduling"])["automaticRestart"] === false) {
        terminated(row);
        return;
      }
      setStatus(row, "REPAIRING");
      next(row, world.delays.hostErrorRestartMs, () => {
        systemEvent(row, "automaticRestart");
        stage(row, () => {});
      });
    },
    preempt(row) {
      if (row.body["status"] !== "RUNNING") return;
      systemEvent(row, "preempted");
      const away = asObject(row.body["scheduling"])["instanceTerminationAction"] === "DELETE";
      if (lifeOf(row).up) world.hooks.onShutdown?.(view(row));
      setStatus(row, "STOPPING");
      next(row, world.delays.preemptionMs, () => {
        powerOff(row);
        if (away) takeOut(row);
        else terminated(row);
      });
    },
    guestShutdown(row) {
      if (row.body["status"] !== "RUNNING") return;
      shutDown(row, () => {
        systemEvent(row, "guestTerminate");
        terminated(row);
      });
    },
    announce(row, notice) {
      const upcoming = upcomingMaintenance(notice);
      world.settle(row, { ...row.body, resourceStatus: { upcomingMaintenance: upcoming } });
      systemEvent(row, "upcomingMaintenance", upcoming);
      world.clock.after(notice.afterMs, () => {
        if (world.rows.at(row.path) !== row) return;
        const { resourceStatus: _over, ...body } = row.body;
        world.settle(row, body);
        machines.maintain(row);
      });
    },
    goDark(row) {
      const life = lifeOf(row);
      if (!life.up) return nothing;
      const { boot } = life;
      life.up = false;
      world.hooks.onStop?.(view(row));
      return () => {
        // Whoever stopped, started or removed it meanwhile has changed its course.
        if (
          world.rows.at(row.path) !== row ||
          life.boot !== boot ||
          life.up ||
          row.body["status"] !== "RUNNING"
        )
          return;
        life.up = true;
        world.hooks.onBoot?.(view(row));
      };
    },
    forget(row) {
      lives.get(row)?.cancel();
      lives.delete(row);
    },
    maintain(row) {
      if (row.body["status"] !== "RUNNING") return;
      const scheduling = asObject(row.body["scheduling"]);
      if (scheduling["onHostMaintenance"] !== "TERMINATE") {
        systemEvent(row, "migrateOnHostMaintenance");
        return;
      }
      shutDown(row, () => {
        systemEvent(row, "terminateOnHostMaintenance");
        terminated(row);
        if (scheduling["automaticRestart"] !== false) provision(row, "Start", () => {});
      });
    },
    view,
    console: consoleOf,
  };
  return machines;
}

/** As instances show it and the event carries it. Source: compute.proto, UpcomingMaintenance. */
function upcomingMaintenance({ startMs, endMs, reasons, canReschedule }: MaintenanceNotice): JsonObject {
  return {
    canReschedule,
    maintenanceReasons: [...reasons],
    maintenanceStatus: "PENDING",
    type: "SCHEDULED",
    windowStartTime: formatTime(startMs),
    windowEndTime: formatTime(endMs),
  };
}
