/** Garbage: dependents follow their owners, namespaces take their contents along, expired bootstrap tokens go. */
import { BOOTSTRAP_TOKEN_TYPE, secretText } from "../access/tokens.ts";
import { deleteObject, FOREGROUND_FINALIZER } from "../api/deletion.ts";
import { newMetadata } from "../api/state.ts";
import type { KubeObject } from "../objects/object.ts";
import { resourceKey } from "../objects/resources.ts";
import type { Control } from "./control.ts";

export function startGarbageCollector(control: Control): void {
  const { state, queue } = control;
  const { store, registry } = state;

  function ownerExists(
    object: KubeObject,
    reference: { apiVersion: string; kind: string; name: string; uid: string },
  ): boolean {
    const definition = registry.ofKind(reference.apiVersion, reference.kind);
    if (definition === undefined) return true;
    const namespace = definition.namespaced ? object.metadata.namespace : undefined;
    return store.get(resourceKey(definition), namespace, reference.name)?.metadata.uid === reference.uid;
  }
  /** Deletes what names a deleted owner, unless another owner of it is still there. */
  function collect(uid: string) {
    for (const { resource, object } of store.dependents(uid)) {
      const others = (object.metadata.ownerReferences ?? []).filter(
        (each) => each.uid !== uid && ownerExists(object, each),
      );
      if (others.length === 0) deleteObject(state, resource, object, { propagation: "Background" });
      else store.put(resource, { ...object, metadata: { ...object.metadata, ownerReferences: others } });
    }
  }
  /** Foreground: the dependents go first, and with the last of them the owner. */
  function foreground(resource: string, owner: KubeObject) {
    const current = store.get(resource, owner.metadata.namespace, owner.metadata.name);
    if (current?.metadata.uid !== owner.metadata.uid || !isForeground(current)) return;
    const dependents = store.dependents(owner.metadata.uid);
    for (const each of dependents)
      if (each.object.metadata.deletionTimestamp === undefined)
        deleteObject(state, each.resource, each.object, { propagation: "Foreground" });
    if (store.dependents(owner.metadata.uid).length > 0) return;
    const finalizers = (current.metadata.finalizers ?? []).filter((each) => each !== FOREGROUND_FINALIZER);
    if (finalizers.length === 0) store.remove(resource, current);
    else store.put(resource, { ...current, metadata: { ...current.metadata, finalizers } });
  }
  const isForeground = (object: KubeObject) =>
    object.metadata.deletionTimestamp !== undefined &&
    object.metadata.finalizers?.includes(FOREGROUND_FINALIZER) === true;

  store.subscribe("*", ({ type, object }, resource) => {
    const { uid, ownerReferences } = object.metadata;
    if (type === "DELETED") {
      if (store.dependents(uid).length > 0) queue.add(`gc/${uid}`, () => collect(uid));
      for (const reference of ownerReferences ?? []) lookAtOwner(object, reference);
    } else if (isForeground(object)) queue.add(`gc-foreground/${uid}`, () => foreground(resource, object));
  });
  function lookAtOwner(
    object: KubeObject,
    reference: { apiVersion: string; kind: string; name: string; uid: string },
  ) {
    const definition = registry.ofKind(reference.apiVersion, reference.kind);
    if (definition === undefined) return;
    const key = resourceKey(definition);
    const owner = store.get(
      key,
      definition.namespaced ? object.metadata.namespace : undefined,
      reference.name,
    );
    if (owner !== undefined && isForeground(owner))
      queue.add(`gc-foreground/${owner.metadata.uid}`, () => foreground(key, owner));
  }
}

export function startNamespaces(control: Control): void {
  const { state, queue } = control;
  const { store, registry } = state;
  // The namespace controller looks again while something in it is still terminating.
  const AGAIN_MS = 2_000;

  function drain(name: string) {
    const namespace = store.get("namespaces", undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    let left = 0;
    for (const definition of registry.all()) {
      if (!definition.namespaced) continue;
      const key = resourceKey(definition);
      for (const object of store.list(key, name))
        if (deleteObject(state, key, object) !== undefined) left += 1;
    }
    if (left > 0) return queue.add(`namespace/${name}`, () => drain(name), AGAIN_MS);
    if ((namespace.metadata.finalizers ?? []).length === 0) store.remove("namespaces", namespace);
  }
  /** What every namespace has from the start. */
  function furnish(name: string) {
    if (store.get("namespaces", undefined, name) === undefined) return;
    if (store.get("serviceaccounts", name, "default") === undefined)
      store.put("serviceaccounts", {
        kind: "ServiceAccount",
        apiVersion: "v1",
        metadata: newMetadata(state, "default", name),
      });
    if (store.get("configmaps", name, "kube-root-ca.crt") === undefined)
      store.put("configmaps", {
        kind: "ConfigMap",
        apiVersion: "v1",
        metadata: newMetadata(state, "kube-root-ca.crt", name),
        data: { "ca.crt": state.ca.certificatePem },
      });
  }
  store.subscribe("namespaces", ({ type, object }) => {
    const { name, deletionTimestamp } = object.metadata;
    if (type === "ADDED") queue.add(`namespace-new/${name}`, () => furnish(name));
    else if (type === "MODIFIED" && deletionTimestamp !== undefined)
      queue.add(`namespace/${name}`, () => drain(name));
  });
}

export function startTokenCleaner(control: Control): void {
  const { state, queue } = control;
  const { store, clock } = state;
  function clean(name: string) {
    const secret = store.get("secrets", "kube-system", name);
    const expiration = secret && secretText(secret, "expiration");
    if (secret === undefined || expiration === undefined) return;
    const leftMs = Date.parse(expiration) - clock.nowMs();
    if (leftMs <= 0) store.remove("secrets", secret);
    else queue.add(`token/${name}`, () => clean(name), leftMs);
  }
  store.subscribe("secrets", ({ type, object }) => {
    if (type !== "DELETED" && object["type"] === BOOTSTRAP_TOKEN_TYPE)
      queue.add(`token/${object.metadata.name}`, () => clean(object.metadata.name));
  });
}
